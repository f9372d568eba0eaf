import { pipeline, Readable } from 'node:stream';
import { CsvError, type Options, parse } from 'csv-parse';
import { DataError } from '../../../tasks/rows/dataError.ts';
import type { Row } from '../../../tasks/rows/row.ts';
import type { BadRows } from '../bytes/badRows.ts';
import { checkFirstRow, fieldsRow, type Header, headerOfColumns, headerOfRecord } from '../bytes/header.ts';
import { maxRecordBytes, readLines } from '../bytes/lines.ts';
import type { DataSource } from './source.ts';

/**
 * Comma-separated values as RFC 4180 has them: names in the first record unless the config gives them, fields quoted where needed, line ends and
 * doubled quotes inside them. A stray quote inside an unquoted field is kept as it is. Blank lines are no rows.
 * @throws DataError when a wanted column is missing, a quote never closes, or a record is beyond 16 MiB.
 */
export async function* readCsv(
  source: DataSource,
  wanted: readonly string[],
  badRows: BadRows,
  onHeader?: (header: Header) => void,
): AsyncGenerator<Row> {
  const { file, columns } = source;
  const delimiter = source.delimiter ?? ',';
  const broken: DataError[] = [];
  /** Last lines of the records that are parsed and not yet read below. */
  const ends: number[] = [];
  let parsedLines = 0;
  const parser = parse({
    ...csvOptions(delimiter),
    on_record: (fields: string[]) => {
      parsedLines += linesOf(fields);
      ends.push(parsedLines);
      return fields;
    },
  });
  // Errors reach the loop below: the pipeline destroys the parser with them.
  pipeline(Readable.from(blocks(source, broken)), parser, () => {});
  // A record starts on the line after the last one's end.
  let end = 0;
  let isFirst = true;
  let header = columns ? headerOfColumns(file, columns, wanted) : undefined;
  if (header) onHeader?.(header);
  try {
    for await (const fields of parser as AsyncIterable<readonly string[]>) {
      const place = { file, line: end + 1 };
      end = ends.shift()!;
      const problem = broken[0];
      if (problem && problem.place.line! <= end) {
        if (header === undefined) throw problem;
        while (broken[0] && broken[0].place.line! <= end) broken.shift();
        badRows.handle(problem);
      } else if (fields.length === 1 && fields[0]!.trim() === '') {
        // A blank line.
      } else if (header === undefined) {
        header = headerOfRecord(place, fields, wanted);
        onHeader?.(header);
      } else {
        if (isFirst) checkFirstRow(place, fields, header);
        isFirst = false;
        let row: Row;
        try {
          row = csvRow(place, fields, header, delimiter);
        } catch (error) {
          badRows.handle(error);
          continue;
        }
        yield row;
      }
    }
  } catch (error) {
    throw error instanceof CsvError ? csvFault({ file, line: parsedLines + 1 }, error) : error;
  }
}

/** Lines of a record: the parser's own count takes a CR within a field for the end of one. */
const linesOf = (fields: readonly string[]): number =>
  fields.reduce((lines, field) => lines + (field.includes('\n') ? field.split('\n').length - 1 : 0), 1);

/** How both the stream and single records are parsed. */
export const csvOptions = (delimiter: string) =>
  ({
    delimiter,
    record_delimiter: '\n',
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: maxRecordBytes,
  }) satisfies Options;

/** One record's fields as a row. @throws DataError when there are more or fewer than the header has */
export const csvRow = (
  place: Pick<Row, 'file' | 'line'>,
  fields: readonly string[],
  header: Header,
  delimiter: string,
): Row =>
  fieldsRow(place, fields, header, delimiter, 'add or remove fields, or quote the field that holds the delimiter');

/** Blocks of whole lines; the lines that are not text are put aside. */
async function* blocks(source: DataSource, broken: DataError[]): AsyncGenerator<string> {
  for await (const lines of readLines(source)) {
    for (const { error } of lines) if (error) broken.push(error);
    yield lines.map(({ text }) => `${text}\n`).join('');
  }
}

/** The CSV parser's error, as one about a place in the file. */
export function csvFault(place: { file: string; line: number }, error: CsvError): DataError {
  const cause = { cause: error };
  if (error.code === 'CSV_QUOTE_NOT_CLOSED' || error.code === 'CSV_MAX_RECORD_SIZE') {
    const rule =
      error.code === 'CSV_QUOTE_NOT_CLOSED'
        ? 'every quote must be closed, got one that is still open at the end of the file'
        : `a record must be at most ${maxRecordBytes / 2 ** 20} MiB long, got a longer one`;
    return new DataError(
      place,
      rule,
      'close the quote in this record, or set data.format: tsv if quotes are plain text',
      cause,
    );
  }
  return new DataError(place, `must be CSV (${error.message})`, 'correct the file', cause);
}
