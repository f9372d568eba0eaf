import { badRow, DataError, type DataPlace } from './dataError.ts';
import type { Row } from './row.ts';

/**
 * Checks a header line.
 * @throws DataError for two columns of one name, or when a wanted column is not there (with those that are).
 */
export function checkHeader(place: DataPlace, header: readonly string[], wanted: readonly string[]): void {
  const twice = header.find((name, i) => header.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new DataError(place, `each column must appear once, got \`${twice}\` twice`, 'rename one of them');
  }
  const missing = wanted.find((name) => !header.includes(name));
  if (missing === undefined) return;
  const columns = header.map((name) => `\`${name}\``).join(', ');
  const delimiter = header.length === 1 ? /[;\t|,]/.exec(header[0]!)?.[0] : undefined;
  const cure =
    delimiter === undefined
      ? 'name one of these in data'
      : `if ${JSON.stringify(delimiter)} separates the fields, set data.delimiter`;
  throw new DataError(place, `there must be a column \`${missing}\`, got ${columns}`, cure);
}

/**
 * Fields as a row, named by the header.
 * @throws DataError when there are more or fewer of them
 */
export function fieldsRow(
  place: DataPlace & { readonly line: number },
  fields: readonly string[],
  header: readonly string[],
  cure: string,
): Row {
  if (fields.length !== header.length) {
    throw badRow(place, `must have ${header.length} fields as the header has, got ${fields.length}`, cure);
  }
  return { ...place, cells: Object.fromEntries(fields.map((field, i) => [header[i]!, field])) };
}
