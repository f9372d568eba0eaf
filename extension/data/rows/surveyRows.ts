import type { LabelFacts } from '../../config/checks/environment.ts';
import { DataError } from '../../tasks/rows/dataError.ts';
import { type Columns, columnNames, isNumber, labelCell, listCell, type Row, textCell } from '../../tasks/rows/row.ts';
import { BadRows } from '../formats/bytes/badRows.ts';
import { isMisnamedUtf8 } from '../formats/bytes/encoding.ts';
import { readRows } from '../formats/read.ts';
import { ReadingLimitError } from '../formats/readers/readParquet.ts';
import type { DataSource } from '../formats/readers/source.ts';

/** Which rows of a file are looked at, and how they are checked. */
interface SurveyRequest {
  readonly source: DataSource;
  /** The file's name as messages have it. */
  readonly title: string;
  readonly columns: Columns;
  /** Labels of a row; throws for a row that training refuses. */
  readonly labelsOf: (row: Row, columns: Columns) => readonly string[];
  /** Whether labels are numbers: others are bad rows, and listed where no label is a number. */
  readonly areNumbers: boolean;
  readonly onBadRow: 'error' | 'skip';
  readonly skip: number;
  readonly limit: number | null;
}

/** Labels looked at before a survey gives up counting them. */
const mostLabels = 1000;
/** Characters of labels that it keeps. */
const mostCharacters = 1 << 20;
/** Rows that a survey reads; what a longer file holds beyond them shows when it is trained on. */
const mostRows = 20_000;

/** Reads the rows of a file as training does, up to the first that training would stop at. Never throws a DataError. */
export async function surveyRows(request: SurveyRequest): Promise<LabelFacts> {
  const { source, columns, labelsOf, skip, limit } = request;
  const badRows = new BadRows(request.onBadRow);
  const names = columns.labelNames ?? [];
  const counts = new Map(names.map((name) => [name, 0]));
  let [read, rows, numberTexts, characters] = [0, 0, 0, 0];
  const add = (label: string): void => {
    const count = counts.get(label) ?? 0;
    if (!counts.has(label)) characters += label.length;
    if (characters <= mostCharacters) counts.set(label, count + 1);
  };
  let headers: LabelFacts['headers'];
  const quotes = new QuoteCount();
  let problem: DataError | undefined;
  let complete = true;
  let hasNumber = false;
  /** The first bad row, where those behind it are yet to tell whether any label is a number. */
  let first: DataError | undefined;
  try {
    for await (const row of readRows(source, columnNames(columns), badRows)) {
      if (read++ < skip) continue;
      if (limit !== null && read > skip + limit) break;
      if (isHeader(row)) headers = { count: (headers?.count ?? 0) + 1, firstLine: headers?.firstLine ?? row.line };
      try {
        for (const label of request.areNumbers ? [labelCell(row, columns.label!)] : []) {
          hasNumber ||= isNumber(label);
          add(label);
        }
        for (const label of new Set(labelsOf(row, columns))) add(label);
        rows++;
        const texts = textsOf(row, columns);
        if (texts.length > 0 && texts.every(isNumber)) numberTexts++;
        if (source.format === 'tsv' && columns.tokens === undefined) quotes.add(row.line, texts);
      } catch (error) {
        const isLookedPast = request.areNumbers && request.onBadRow === 'error' && error instanceof DataError;
        if (isLookedPast && error.place.line !== undefined) first ??= error;
        else badRows.handle(error);
      }
      if (first && hasNumber) break;
      if (
        (!hasNumber && counts.size >= names.length + mostLabels) ||
        characters > mostCharacters ||
        read - skip >= mostRows
      ) {
        complete = false;
        break;
      }
    }
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    complete = false;
    // Training may take more time and memory than a look.
    if (!(error instanceof ReadingLimitError)) problem = error;
  }
  problem = first ?? problem;
  const labels = [...counts.keys()].filter((label) => !hasNumber || isNumber(label));
  const titled = ({ place, rule, cure }: DataError): string =>
    new DataError({ ...place, file: request.title }, rule, cure).message;
  return {
    distinct: labels,
    counts: labels.map((label) => counts.get(label)!),
    complete: complete && !first,
    rows,
    numberTexts,
    ...(headers && { headers }),
    ...(quotes.found && { quoted: quotes.found }),
    isUtf8: await isMisnamedUtf8(source),
    ...(problem && {
      problem: {
        message: titled(problem),
        cure: problem.cure,
        ...(problem.settings && { settings: problem.settings }),
      },
    }),
    skipped: { count: badRows.count, examples: badRows.examples.map(titled) },
  };
}

/** Whether a row is a header: every cell is the name of its column. One alone may be a word. */
function isHeader({ cells }: Row): boolean {
  const names = Object.keys(cells);
  return names.length > 1 && names.every((name) => cells[name] === name);
}

/** The part of a row that the model reads: its words, its text, or its prompt. */
function textsOf(row: Row, { text, prompt, tokens }: Columns): readonly string[] {
  if (tokens !== undefined) return listCell(row, tokens);
  const read = text ?? prompt;
  return read === undefined ? [] : [textCell(row, read)];
}

/** Counts texts that CSV would quote so; those of a file that has quotes of its own differ somewhere. */
class QuoteCount {
  #texts = 0;
  #firstLine = 0;
  #quoted = 0;
  #hasDoubled = false;
  #hasOther = false;

  add(line: number, texts: readonly string[]): void {
    for (const text of texts) {
      this.#texts++;
      if (!text.includes('"')) continue;
      if (!/^"(?:[^"]|"")*"$/.test(text)) this.#hasOther = true;
      else if (this.#quoted++ === 0) this.#firstLine = line;
      this.#hasDoubled ||= text.slice(1, -1).includes('""');
    }
  }

  /** One text alone, in quotes, may be a saying. */
  get found(): { readonly count: number; readonly firstLine: number } | undefined {
    const isSure = this.#hasDoubled || (this.#quoted > 1 && this.#quoted === this.#texts);
    if (this.#hasOther || this.#quoted === 0 || !isSure) return undefined;
    return { count: this.#quoted, firstLine: this.#firstLine };
  }
}
