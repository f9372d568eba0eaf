import { type KnownTask, type TaskName, tasks } from '../../tasks/registry.ts';
import { DataError } from '../../tasks/rows/dataError.ts';
import type { ColumnPreview, DataPreview } from '../../tasks/rows/preview.ts';
import type { Columns, Row } from '../../tasks/rows/row.ts';
import { BadRows } from '../formats/bytes/badRows.ts';
import { formatOf } from '../formats/readers/source.ts';
import { guessColumns, listColumns, sampleRows } from './columns.ts';

/** Rows looked at to guess what the columns are. */
const lookedAt = 200;

/** So many different values of a column are shown, each so long. */
const samplesShown = 3;
const sampleRoom = 40;

/**
 * Looks at the first rows of a data file and guesses task and columns.
 * @param given what separates its fields; null: what its ending says; absent: is found out
 * @throws DataError when it cannot be read, or has no row that can
 */
export async function previewData(file: string, given?: string | null): Promise<DataPreview<TaskName>> {
  const { delimiter, names, sample } = await look(file, given);
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
  return { delimiter, columns, rows, task: best.name, guesses, labels: best.labels };
}

interface Look {
  readonly delimiter: string | null;
  readonly names: readonly string[];
  readonly sample: readonly Row[];
}

/** The first rows; a single column that another character divides evenly is read as what it then is. */
async function look(file: string, given: string | null | undefined): Promise<Look> {
  const bad = new BadRows('skip');
  const source = { file, delimiter: given ?? null };
  const found = { ...source, names: await listColumns(source), sample: await sampleRows(source, lookedAt, bad) };
  if (found.sample.length === 0) {
    throw bad.examples[0] ?? new DataError({ file }, 'must have a row, got none', 'choose a file with rows');
  }
  const [name, ...others] = found.names;
  if (given !== undefined || others.length > 0 || !['csv', 'tsv'].includes(formatOf(source))) return found;
  for (const delimiter of [...';\t|,'].filter((character) => name?.includes(character))) {
    const uneven = new BadRows('skip');
    const names = await listColumns({ file, delimiter });
    const sample = await sampleRows({ file, delimiter }, lookedAt, uneven);
    if (names.length > 1 && sample.length > 0 && uneven.count === 0) return { delimiter, names, sample };
  }
  return found;
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
