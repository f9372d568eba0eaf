import { guessColumns, listColumns, sampleRows } from '../data/columns.ts';
import type { Columns } from '../data/row.ts';
import type { TaskName } from '../tasks/task.ts';

/** Rows looked at to guess what the columns are. */
const lookedAt = 200;
/** From so many different numbers on, a label is more likely a measurement than a class. */
const manyNumbers = 20;

/** What a data file looks like to somebody who is about to train on it. */
export interface DataPreview {
  readonly columns: readonly string[];
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
  const columns = await listColumns({ file });
  const sample = await sampleRows({ file }, lookedAt);
  const guess = (task: TaskName): Columns => guessColumns(columns, sample, task);
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
    return { columns, task: 'token-classification', guesses, labels: labelsOf(tags.label) };
  }
  const labels = labelsOf(guesses.classification.label);
  if (labels.length === 0) return { columns, task: 'masked-lm', guesses, labels };
  const isNumber = labels.every((label) => label.trim() !== '' && Number.isFinite(Number(label)));
  const task = isNumber && labels.length > manyNumbers ? 'regression' : 'classification';
  return { columns, task, guesses, labels };
}
