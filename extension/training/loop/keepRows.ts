import type { JudgedSplit } from '../../contract/rowOutcomes.ts';
import { type RowOutcomes, rowColumns } from '../../metrics/rowOutcomes.ts';
import { writeRowOutcomes } from '../../runs/folder/rowOutcomes.ts';
import type { CheckpointedRun } from './runCheckpoints.ts';

/** Keeps in the run folder what the weights of a step did on each row; nothing where rows are not judged one by one. */
export function keepRows(
  { folder, assertHeld }: CheckpointedRun,
  split: JudgedSplit,
  step: number,
  rows: RowOutcomes | undefined,
): void {
  if (rows === undefined) return;
  const { kind, width, values } = rows;
  const columns = rowColumns[kind].map((name, column) => [name, values.filter((_, i) => i % width === column)]);
  assertHeld();
  writeRowOutcomes(folder, { split, step, kind, columns: Object.fromEntries(columns) });
}
