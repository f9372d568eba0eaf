import type { Cure, ValuePath } from '../../problems/finding.ts';
import type { DataSettings } from '../../tasks/rows/dataError.ts';
import type { ResolvedSplit } from '../resolved/resolve.ts';
import { yamlText } from '../text/plainText.ts';

/** Settings that the reader of a file suggests, as cures. */
export function settingCures(
  into: ValuePath,
  split: ResolvedSplit,
  { encoding, delimiter, firstRow }: DataSettings = {},
): readonly Cure[] {
  const cures: Cure[] = [];
  if (encoding !== undefined) {
    cures.push({ do: 'put', into, key: 'encoding', text: encoding, title: `Read the file as ${encoding}` });
  }
  if (delimiter !== undefined) {
    const title = `Split the fields at ${JSON.stringify(delimiter)}`;
    cures.push({ do: 'put', into, key: 'delimiter', text: JSON.stringify(delimiter), title });
  }
  if (firstRow !== undefined) {
    const value = `[${namesFor(firstRow, split).map(yamlText).join(', ')}]`;
    cures.push({ do: 'put', into, key: 'columns', text: value, title: `Name the columns ${value}` });
  }
  return cures;
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
  for (const key of ['text', 'text_pair', 'prompt', 'completion', 'tokens'] as const) take(split[key], longest);
  take(split.label, (indices) => indices.at(-1));
  return names;
}
