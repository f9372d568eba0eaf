import path from 'node:path';
import { budgetReached } from '../../contract/budget.ts';
import type { SweepRecord } from '../../contract/sweep.ts';
import type { LocalPlace } from '../../experiments/file/sweep.ts';
import type { Variant } from '../../experiments/plan/planSweep.ts';
import type { PlannedTexts } from '../../experiments/plan/sweepOfTexts.ts';
import { type OpenVariant, type RunOf, type SweepProgress, sweepProgress } from '../../experiments/progress.ts';
import { variantRuns } from '../../experiments/sweepView.ts';
import { UserError } from '../../problems/userError.ts';
import { runningTrainer } from '../../processes/trainerCommand.ts';
import { gpuOfEach } from '../../runs/control/spawn.ts';
import { claimRun } from '../../runs/folder/claim.ts';
import type { RunStore } from '../../runs/folder/store.ts';
import { isSweepAskedToStop, variantRunId } from '../../runs/folder/sweepFolder.ts';
import { readSweepRuns, runsOfSweep } from '../../runs/folder/sweepRuns.ts';
import { currentProcess } from '../../runs/process/process.ts';
import { RunError } from '../../runs/runErrors.ts';
import { Workers } from '../../supervisor/workers.ts';
import { sweepRunTitle } from '../../view/sweepText.ts';
import type { Cli } from '../cli.ts';
import { problemCount, problemLines } from '../output/problems.ts';
import { openReport, RunBars } from '../output/progressView.ts';
import { describeEnd, type RunOneOptions, runOne } from '../runOne.ts';
import { demandSameConfigs } from './openSweep.ts';
import { SweepRoom } from './sweepRoom.ts';

/** A sweep in a runs folder. */
export interface StoredSweep extends PlannedTexts {
  readonly folder: string;
  readonly record: SweepRecord;
  readonly store: RunStore;
}

const progressOf = async (stored: StoredSweep): Promise<SweepProgress> =>
  sweepProgress(stored.sweep, stored.plan, await runsKnown(stored));

/** What is known of a sweep's runs, read now. */
export async function runsKnown(stored: StoredSweep): Promise<RunOf> {
  const runs = await readSweepRuns(stored.store, stored.record, stored, false);
  return variantRuns((index) => runs.get(index));
}

/** How far a sweep has come in one go. */
interface SweepEnd extends SweepProgress {
  /** Whether it was asked to stop. */
  readonly stopped: boolean;
  /** Whether `limit.hours` kept runs from being started. */
  readonly isOverdue: boolean;
}

/**
 * Runs what a sweep still lacks, as many runs at a time as there is room for, until it is whole, asked to stop, or at it for `limit.hours`: those
 * runs that began are ended, and each go begins some. A run that fails is told and
 * does not hold up the others; one that fell short is not tried twice in one go.
 * @throws UserError when a config of the sweep is not what it was
 */
export async function runSweep(cli: Cli, stored: StoredSweep, where: LocalPlace): Promise<SweepEnd> {
  const { hours } = stored.sweep.limit;
  const endMs = performance.now() + (hours ?? Number.POSITIVE_INFINITY) * 3_600_000;
  const tried = new Set<string>();
  const running = new Set<Promise<void>>();
  // A process for each run at a time: it keeps open what the next one on the same model and data can use.
  const room = new SweepRoom(where, stored.plan);
  const gpus = gpuOfEach(room.most, where.gpus);
  const workers = gpus.map((environment) => new Workers(runningTrainer(), environment));
  const idle = [...workers];
  const bars = room.most > 1 ? new RunBars(cli.stderr) : undefined;
  let stopped = false;
  let isRoomKnown = false;
  void room.known.then(() => {
    isRoomKnown = true;
  });
  const attemptOf = ({ index, until }: OpenVariant): string => `${index} ${until?.amount ?? 'whole'}`;
  const begin = (variant: OpenVariant, progress: SweepProgress, threads: number | undefined): void => {
    tried.add(attemptOf(variant));
    const title = `${progress.finished + progress.dropped + running.size + 1}/${progress.total} ${titleOf(stored, variant)}`;
    const slot = idle.pop()!;
    const shown = { title, workers: slot, bars, threads, onEvents: room.heard.bind(room) };
    const run = runVariant(bars ? { ...cli, note: (text) => bars.note(text) } : cli, stored, variant, shown)
      .then((state) => {
        stopped ||= state === 'stopped';
      })
      .finally(() => {
        running.delete(run);
        idle.push(slot);
      });
    running.add(run);
  };
  try {
    for (;;) {
      // What is read while the last run ends may not know its end.
      const wasIdle = running.size === 0;
      const progress = await progressOf(stored);
      stopped ||= isSweepAskedToStop(stored.folder);
      const left = stopped ? [] : progress.open.filter((variant) => !tried.has(attemptOf(variant)));
      const isOverdue = left.length > 0 && tried.size > 0 && performance.now() > endMs;
      const waiting = isOverdue ? [] : left;
      if (waiting.length === 0 && wasIdle) return { ...progress, stopped, isOverdue };
      demandSameConfigs(stored.record);
      const next = waiting.slice(0, room.left(running.size));
      const threads = room.threadsOf(running.size + next.length);
      for (const variant of next) begin(variant, progress, threads);
      if (running.size > 0) await Promise.race(isRoomKnown ? running : [...running, room.known]);
    }
  } finally {
    await Promise.allSettled(running);
    bars?.close();
    await Promise.all(workers.map((slot) => slot.close()));
  }
}

/** `ln-tuning, training.learning_rate 0.001, seed 1001`. */
export function titleOf({ plan, sweep }: PlannedTexts, { cell, point, seed }: Variant): string {
  const { arm, grid, points, experiment } = plan.cells[cell]!;
  const settings = [...grid, ...points[point]!].map(({ key, value }) => `${key} ${String(value)}`);
  const data = sweep.experiments.length > 1 ? path.basename(experiment.file) : undefined;
  return sweepRunTitle({ experiment: data, arm: arm.name, settings, seed });
}

/** Makes a variant's run, or goes on with it. @returns how it ended */
export async function runVariant(
  cli: Cli,
  stored: StoredSweep,
  variant: OpenVariant,
  shown: Omit<RunOneOptions, 'json' | 'until'>,
): Promise<string> {
  const { record, store } = stored;
  const id = variantRunId(record.id, variant.index);
  const folder = path.join(store.folder, id);
  const self = await currentProcess();
  const known = (await runsOfSweep(store, record, stored.plan)).get(variant.index);
  try {
    if (known === undefined) store.create(await preparedRun(cli, stored, variant), self, id);
    else await claimRun(folder, self);
  } catch (error) {
    if (!(error instanceof RunError && error.code === 'busy')) throw error;
    cli.note(`${error.message}\n`);
    return 'busy';
  }
  const end = await runOne(cli, folder, self, { json: false, ...shown, until: variant.until });
  const isRung = end.state === 'stopped' && end.message === budgetReached;
  cli.note(isRung ? `${id}: ${budgetReached}, step ${end.step}\n` : describeEnd(folder, end));
  return isRung ? 'rung' : end.state;
}

async function preparedRun(cli: Cli, { record, plan }: StoredSweep, variant: Variant) {
  const { experiment, arm } = plan.cells[variant.cell]!;
  const config = path.resolve(path.dirname(record.path), experiment.file);
  const operations = await cli.loadOperations();
  const progress = openReport(cli.stderr);
  const prepared = await operations.prepare(config, variant.overrides, progress.report).finally(() => progress.close());
  if (!prepared.ok) {
    cli.note(problemLines(prepared.problems));
    throw new UserError(
      `${config}: ${problemCount(prepared.problems)}; fix them, then go on with: peft-lab sweep resume ${record.id}`,
      'usage',
    );
  }
  const { index, stage } = variant;
  return { ...prepared.run, sweep: { id: record.id, index, stage, arm: arm.name, experiment: experiment.file } };
}
