import * as z from 'zod';
import { firstFew } from '../../../problems/firstFew.ts';
import { shortName } from '../../../problems/showValue.ts';
import { badRow, DataError, type DataPlace } from '../../../tasks/rows/dataError.ts';
import type { Row } from '../../../tasks/rows/row.ts';

/** Columns that a file of rows may have: each costs memory in every row. */
export const mostColumns = 10_000;

/** The columns of a file with delimiters. */
export const header = z.object({
  /** In the order of the fields; a column without a name is empty. */
  names: z.array(z.string()).readonly(),
  /** Fields beyond the last column: a fault, left out (`...`), or part of the last column (`name...`). */
  rest: z.enum(['refused', 'leftOut', 'joined']),
  /** Whether the names are the file's first record; else they come from `data.columns`. */
  isRecord: z.boolean(),
});
export type Header = z.infer<typeof header>;

/** Names that the config gives to a file without a header, checked against the columns that are wanted. @throws DataError */
export function headerOfColumns(file: string, columns: readonly string[], wanted: readonly string[]): Header {
  const last = columns.at(-1) ?? '';
  const isLeftOut = last === '...';
  const isJoined = !isLeftOut && last.length > 3 && last.endsWith('...');
  const names = isLeftOut ? columns.slice(0, -1) : isJoined ? [...columns.slice(0, -1), last.slice(0, -3)] : columns;
  const found: Header = { names, rest: isLeftOut ? 'leftOut' : isJoined ? 'joined' : 'refused', isRecord: false };
  checkNames({ file }, found, wanted);
  return found;
}

/**
 * Checks that a file whose columns the config names begins with a row.
 * @throws DataError when its first record has those names
 */
export function checkFirstRow(place: DataPlace, fields: readonly string[], { names, isRecord }: Header): void {
  const isNamed = (name: string, i: number) => fields[i]?.trim().toLowerCase() === name.toLowerCase();
  if (isRecord || names.length === 0 || !names.every(isNamed)) return;
  const rule = 'the first line must be a row, since data.columns is set, got the names of the columns';
  throw new DataError(place, rule, 'remove data.columns, or the line');
}

/** Names in a file's first record, checked against the columns that are wanted. @throws DataError */
export function headerOfRecord(place: DataPlace, fields: readonly string[], wanted: readonly string[]): Header {
  const found: Header = { names: fields, rest: 'refused', isRecord: true };
  checkNames(place, found, wanted);
  return found;
}

/**
 * Checks names of columns.
 * @throws DataError for too many, for two columns of one name, or when a wanted column is not there (with those that are).
 */
function checkNames(place: DataPlace, { names, isRecord }: Header, wanted: readonly string[]): void {
  if (names.length > mostColumns) {
    const rule = `there may be at most ${mostColumns} columns, got ${names.length}`;
    throw new DataError(place, rule, 'check data.delimiter, or keep the columns that are needed');
  }
  const settings = isRecord && looksLikeRow(names) ? { firstRow: names } : undefined;
  const columnsCure = settings && nameColumns(names);
  const twice = names.find((name, i) => name !== '' && names.indexOf(name) !== i);
  if (twice !== undefined) {
    const cure = columnsCure === undefined ? 'rename one of them' : `${columnsCure}, or rename one of them`;
    throw new DataError(place, `each column must appear once, got \`${shortName(twice)}\` twice`, cure, { settings });
  }
  const missing = wanted.find((name) => !names.includes(name));
  if (missing === undefined) return;
  const delimiter = isRecord && names.length === 1 ? /[;\t|,]/.exec(names[0]!)?.[0] : undefined;
  const cure =
    delimiter !== undefined
      ? `if ${JSON.stringify(delimiter)} separates the fields, set data.delimiter`
      : (columnsCure ?? 'name one of these in data');
  throw new DataError(place, `there must be a column \`${missing}\`, got ${listed(names)}`, cure, {
    settings: delimiter === undefined ? settings : { delimiter },
  });
}

const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Whether a first record is more likely a row than names: it has numbers, gaps or sentences. */
const looksLikeRow = (names: readonly string[]): boolean =>
  names.some(
    (name, i) =>
      number.test(name.trim()) ||
      name.trim().split(/\s+/).length > 3 ||
      (name.trim() === '' && i > 0 && names.slice(i + 1).some((later) => later.trim() !== '')),
  );

const nameColumns = (names: readonly string[]): string => {
  const examples =
    names.length > 3 ? 'first, second, …' : ['first', 'second', 'third'].slice(0, names.length).join(', ');
  return `if the first line is a row, name all ${names.length} columns: data.columns: [${examples}]`;
};

const listed = (names: readonly string[]): string => firstFew(names, 12, (name) => `\`${shortName(name)}\``);

/**
 * Fields as a row, named by the header; columns without a name are left out, those at the end of a header may be missing.
 * @throws DataError when there are more or fewer of them
 */
export function fieldsRow(
  place: DataPlace & { readonly line: number },
  fields: readonly string[],
  { names, rest, isRecord }: Header,
  delimiter: string,
  cure: string,
): Row {
  const width = names.length;
  const least = isRecord ? names.findLastIndex((name) => name !== '') + 1 : width;
  if (fields.length < least || (fields.length > width && rest === 'refused')) {
    const owner = isRecord ? 'as the header has' : 'as data.columns has';
    const more = isRecord || fields.length < width ? cure : `end data.columns with ... if rows may have more`;
    throw badRow(place, `must have ${width} fields ${owner}, got ${fields.length}`, more);
  }
  const named = names.map((name, i) => [
    name,
    i === width - 1 && rest === 'joined' ? fields.slice(i).join(delimiter) : fields[i],
  ]);
  return { ...place, cells: Object.fromEntries(named.filter(([name, field]) => name !== '' && field !== undefined)) };
}
