import type { TaskName } from '../../tasks/registry.ts';
import type { Columns, Row } from '../../tasks/rows/row.ts';
import { guessColumns, listColumns, sampleRows } from './columns.ts';

/** Rows looked at to guess what the columns are. */
const lookedAt = 200;
/** From so many different numbers on, a label is more likely a measurement than a class. */
const manyNumbers = 20;

/** So many different values of a column are shown, each so long. */
const samplesShown = 3;
const sampleRoom = 40;

/** What the rows looked at hold in one column. */
export interface ColumnPreview {
  readonly name: string;
  /** The first different values, each on one line and cut where it is long. */
  readonly samples: readonly string[];
  readonly distinct: number;
}

/** What a data file looks like to somebody who is about to train on it. */
export interface DataPreview {
  readonly columns: readonly ColumnPreview[];
  /** Rows looked at. */
  readonly rows: number;
  /** The task that fits best. */
  readonly task: TaskName;
  /** Which columns each task would read. */
  readonly guesses: Readonly<Record<TaskName, Columns>>;
  /** Different labels in the rows looked at, by the guess for the best task. */
  readonly labels: readonly string[];
}

/**
 * Looks at the first rows of a data file and guesses task and columns.
 * @throws DataError when it cannot be read
 */
export async function previewData(file: string): Promise<DataPreview> {
  const names = await listColumns({ file });
  const sample = await sampleRows({ file }, lookedAt);
  const columns = names.map((name) => columnPreview(name, sample));
  const rows = sample.length;
  const guess = (task: TaskName): Columns => guessColumns(names, sample, task);
  const guesses = {
    classification: guess('classification'),
    regression: guess('regression'),
    'token-classification': guess('token-classification'),
    'masked-lm': guess('masked-lm'),
  };
  const labelsOf = (column: string | undefined): string[] =>
    column === undefined ? [] : [...new Set(sample.flatMap(({ cells }) => cells[column]).map(String))];
  const tags = guesses['token-classification'];
  const isList = sample.length > 0 && sample.every(({ cells }) => Array.isArray(cells[tags.tokens ?? '']));
  if (isList && tags.label !== undefined) {
    return { columns, rows, task: 'token-classification', guesses, labels: labelsOf(tags.label) };
  }
  const labels = labelsOf(guesses.classification.label);
  if (labels.length === 0) return { columns, rows, task: 'masked-lm', guesses, labels };
  const isNumber = labels.every((label) => label.trim() !== '' && Number.isFinite(Number(label)));
  const task = isNumber && labels.length > manyNumbers ? 'regression' : 'classification';
  return { columns, rows, task, guesses, labels };
}

function columnPreview(name: string, sample: readonly Row[]): ColumnPreview {
  const texts = sample.flatMap(({ cells }) => (cells[name] == null ? [] : [cellText(cells[name])]));
  const different = [...new Set(texts)];
  const samples = different.slice(0, samplesShown).map((text) => {
    const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
    return line.length <= sampleRoom ? line : `${line.slice(0, sampleRoom - 1)}…`;
  });
  return { name, samples, distinct: different.length };
}

const cellText = (cell: unknown): string => (Array.isArray(cell) ? cell.join(' ') : String(cell));
