import { type KnownTask, type TaskName, tasks } from '../../tasks/registry.ts';
import type { ColumnPreview, DataPreview } from '../../tasks/rows/preview.ts';
import type { Columns, Row } from '../../tasks/rows/row.ts';
import { guessColumns, listColumns, sampleRows } from './columns.ts';

/** Rows looked at to guess what the columns are. */
const lookedAt = 200;

/** So many different values of a column are shown, each so long. */
const samplesShown = 3;
const sampleRoom = 40;

/**
 * Looks at the first rows of a data file and guesses task and columns.
 * @throws DataError when it cannot be read
 */
export async function previewData(file: string): Promise<DataPreview<TaskName>> {
  const names = await listColumns({ file });
  const sample = await sampleRows({ file }, lookedAt);
  const columns = names.map((name) => columnPreview(name, sample));
  const rows = sample.length;
  const looked = tasks.map((task: KnownTask) => {
    const guess = guessColumns(names, sample, task);
    const labels = guess.label === undefined ? [] : distinctValues(sample, guess.label);
    const hasWords = rows > 0 && sample.every(({ cells }) => Array.isArray(cells[guess.tokens ?? '']));
    const hasCompletions =
      guess.messages !== undefined || (guess.prompt !== undefined && guess.completion !== undefined);
    return { name: task.name, guess, labels, fit: task.suits({ hasWords, labels, hasCompletions }) };
  });
  const best = looked.reduce((most, one) => (one.fit > most.fit ? one : most));
  const guesses = Object.fromEntries(looked.map(({ name, guess }) => [name, guess])) as Record<TaskName, Columns>;
  return { columns, rows, task: best.name, guesses, labels: best.labels };
}

const distinctValues = (sample: readonly Row[], column: string): readonly string[] => [
  ...new Set(sample.flatMap(({ cells }) => cells[column]).map(String)),
];

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
