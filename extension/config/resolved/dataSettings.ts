import type { DataSettings } from '../../tasks/rows/dataError.ts';
import type { ConfigPath } from '../checks/diagnostic.ts';
import type { Addition } from '../checks/report.ts';
import type { ResolvedSplit } from './resolve.ts';

/** What the reader of a file would have set, as entries of the config. */
export function settingAdditions(
  into: ConfigPath,
  split: ResolvedSplit,
  { encoding, delimiter, firstRow }: DataSettings = {},
): readonly Addition[] {
  const additions: Addition[] = [];
  if (encoding !== undefined) {
    additions.push({ into, key: 'encoding', value: encoding, title: `Read the file as ${encoding}` });
  }
  if (delimiter !== undefined) {
    const title = `Separate the fields at ${JSON.stringify(delimiter)}`;
    additions.push({ into, key: 'delimiter', value: JSON.stringify(delimiter), title });
  }
  if (firstRow !== undefined) {
    const value = `[${namesFor(firstRow, split).map(quoteIfNeeded).join(', ')}]`;
    additions.push({ into, key: 'columns', value, title: `Name the columns ${value}` });
  }
  return additions;
}

/** Names for the fields of a row: texts are the longest, the label is the last of the others. */
function namesFor(fields: readonly string[], split: ResolvedSplit): readonly string[] {
  const names = fields.map((_, index) => `column${index + 1}`);
  const free = new Set(fields.keys());
  const take = (name: string | null, pick: (indices: readonly number[]) => number | undefined): void => {
    const index = pick([...free]);
    if (name === null || index === undefined) return;
    names[index] = name;
    free.delete(index);
  };
  const longest = (indices: readonly number[]) =>
    indices.reduce<number | undefined>(
      (best, index) => (best === undefined || fields[index]!.length > fields[best]!.length ? index : best),
      undefined,
    );
  for (const key of ['text', 'text_pair', 'tokens'] as const) take(split[key], longest);
  take(split.label, (indices) => indices.at(-1));
  return names;
}

/** A text as a YAML value. */
export const quoteIfNeeded = (text: string): string =>
  /^[A-Za-z_./][\w ./-]*$/.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
