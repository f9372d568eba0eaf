import { type Cure, changeTo, type Finding, type ValuePath } from '../../problems/finding.ts';
import { firstFew } from '../../problems/firstFew.ts';
import { nearest } from '../../problems/nearest.ts';
import { showValue } from '../../problems/showValue.ts';
import { columnKeys } from '../../tasks/task.ts';
import type { ResolvedSplit, SplitName } from '../resolved/resolve.ts';
import type { ConfigInput } from '../schema/schema.ts';
import { yamlText } from '../text/plainText.ts';
import type { LabelFacts } from './environment.ts';

/** Columns of the config that a file does not have, each with the one that was most likely meant. */
export function columnFindings(
  input: ConfigInput,
  name: SplitName,
  split: ResolvedSplit,
  columns: readonly string[] | undefined,
  facts: LabelFacts | undefined,
): readonly Finding[] {
  // No column was found in rows that cannot be read.
  if (columns === undefined || columns.length === 0) return [];
  const wanted = columnKeys.flatMap((key) => (split[key] == null ? [] : [{ key, column: split[key] }]));
  const used = new Set(wanted.map(({ column }) => column));
  const isMarked = isMark(columns);
  const free = isMarked ? [] : columns.filter((column) => !used.has(column));
  return wanted.flatMap(({ key, column }) => {
    if (columns.includes(column)) return [];
    const isQuoted = split.format === 'tsv' && free.includes(`"${column}"`);
    const meant = isQuoted ? undefined : nearest(column, free);
    const cure = isQuoted
      ? `the file's names are quoted; ${unquoting(split)}`
      : meant !== undefined
        ? `did you mean ${meant}? It has ${firstFew(columns, 12)}`
        : isMarked
          ? `the first line is ${showValue(columns[0])}, which other programs hide; delete it`
          : facts?.problem?.settings !== undefined
            ? `it has ${firstFew(columns, 12)}; ${facts.problem.cure}`
            : `it has ${firstFew(columns, 12)}`;
    const own = input.data[name];
    const bare = typeof own === 'string';
    const shared = input.data[key] != null && (bare || own?.[key] == null);
    const path = shared ? ['data', key] : ['data', name, key];
    const candidates = isQuoted ? [] : meant === undefined ? free.slice(0, 4) : [meant];
    const named = candidates.map((candidate): Cure => {
      const text = yamlText(candidate);
      if (!bare || shared) return changeTo(candidate, text);
      const whole = `{file: ${yamlText(own)}, ${key}: ${text}}`;
      return { do: 'set', at: ['data', name], text: whole, title: `Read ${key} from the column ${candidate}` };
    });
    const message = `must be a column of ${split.file}, got ${showValue(column)}; ${cure}`;
    return [
      {
        severity: 'error',
        code: 'missing-column',
        path,
        message,
        cures: isQuoted ? unquotingCures(name, split, own) : named,
      },
    ];
  });
}

/** Whether a first line stands above the header: what tells Excel the separator, or a comment. */
const isMark = (columns: readonly string[]): boolean =>
  /^sep=.?$/i.test(columns[0]!) || (columns.length === 1 && /^#\s/.test(columns[0]!));

/** Texts whose quotes are those of CSV, in a file that is read without them. */
export function quoteFindings(
  path: ValuePath,
  name: SplitName,
  split: ResolvedSplit,
  facts: LabelFacts | undefined,
  own: ConfigInput['data'][SplitName],
): readonly Finding[] {
  if (facts?.quoted === undefined) return [];
  const { count, firstLine } = facts.quoted;
  const more = count > 1 ? ` (the first of ${count})` : '';
  const message = `${split.file}:${firstLine}: text is quoted as in CSV${more}, and is read with its quotes; ${unquoting(split)}`;
  return [{ severity: 'warning', code: 'quoted-fields', path, message, cures: unquotingCures(name, split, own) }];
}

const delimiterText = ({ delimiter }: ResolvedSplit): string => JSON.stringify(delimiter ?? '\t');

const unquoting = (split: ResolvedSplit): string => `set data.format: csv and data.delimiter: ${delimiterText(split)}`;

/** Reads a file that the config only names as one of quoted fields. */
function unquotingCures(name: SplitName, split: ResolvedSplit, own: ConfigInput['data'][SplitName]): readonly Cure[] {
  if (typeof own !== 'string') return [];
  const text = `{file: ${yamlText(own)}, format: csv, delimiter: ${delimiterText(split)}}`;
  return [{ do: 'set', at: ['data', name], text, title: 'Read quoted fields' }];
}
