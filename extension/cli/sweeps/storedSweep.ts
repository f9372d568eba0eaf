import path from 'node:path';
import type { SweepRecord } from '../../contract/sweep.ts';
import type { Variant } from '../../experiments/plan/planSweep.ts';
import { settingTexts } from '../../experiments/plan/searchPoints.ts';
import type { PlannedTexts } from '../../experiments/plan/sweepOfTexts.ts';
import { type RunOf, type SweepProgress, sweepProgress } from '../../experiments/progress.ts';
import { variantRuns } from '../../experiments/sweepView.ts';
import type { RunStore } from '../../runs/folder/store.ts';
import { readSweepRecord } from '../../runs/folder/sweepFolder.ts';
import { readSweepRuns } from '../../runs/folder/sweepRuns.ts';
import { sweepRunTitle } from '../../view/sweepText.ts';
import type { Cli } from '../cli.ts';
import { openSweep } from './openSweep.ts';

/** A sweep in a runs folder. */
export interface StoredSweep extends PlannedTexts {
  readonly folder: string;
  readonly record: SweepRecord;
  readonly store: RunStore;
}

/** A sweep's folder with its runs laid out. @throws RunError · UserError */
export function storedSweep(store: RunStore, folder: string): StoredSweep {
  const record = readSweepRecord(folder);
  return { folder, record, store, ...openSweep(record) };
}

/** Tells on a line each what a look at a sweep leaves out. */
export const noteTo =
  (cli: Cli) =>
  (problem: string): void =>
    cli.note(`${problem}\n`);

/** What is known of a sweep's runs, read now. @throws RunError where one cannot be read: nobody knows what it lacks */
export async function runsKnown(stored: StoredSweep): Promise<RunOf> {
  const runs = await readSweepRuns(stored.store, stored.record, stored, false);
  return variantRuns((index) => runs.get(index));
}

/** How far a sweep has come, by its runs as they are now. */
export const progressOf = async (stored: StoredSweep): Promise<SweepProgress> =>
  sweepProgress(stored.sweep, stored.plan, await runsKnown(stored));

/** `ln-tuning, training.learning_rate 0.001, seed 1001`. */
export function titleOf({ plan, sweep }: PlannedTexts, { cell, point, seed }: Variant): string {
  const { arm, grid, points, experiment } = plan.cells[cell]!;
  const settings = settingTexts([...grid, ...points[point]!]);
  const data = sweep.experiments.length > 1 ? path.basename(experiment.file) : undefined;
  return sweepRunTitle({ experiment: data, arm: arm.name, settings, seed });
}
