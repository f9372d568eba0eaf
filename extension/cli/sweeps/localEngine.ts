import type { LocalPlace } from '../../experiments/file/sweep.ts';
import type { OpenVariant, SweepProgress } from '../../experiments/progress.ts';
import { counted } from '../../problems/counted.ts';
import { runningTrainer } from '../../processes/trainerCommand.ts';
import { gpuOfEach } from '../../runs/control/spawn.ts';
import { stopRun } from '../../runs/control/stop.ts';
import { claimHolder } from '../../runs/folder/claim.ts';
import { isSweepAskedToStop, variantRunId } from '../../runs/folder/sweepFolder.ts';
import { readBatches } from '../../runs/folder/sweepJobs.ts';
import { runsOfSweep } from '../../runs/folder/sweepRuns.ts';
import { Workers } from '../../supervisor/workers.ts';
import { doneText } from '../../view/sweepText.ts';
import { type Cli, commandIn } from '../cli.ts';
import { RunBars } from '../output/progressView.ts';
import { keepVerdict } from './keepVerdict.ts';
import { demandSameConfigs } from './openSweep.ts';
import { runVariant } from './runVariant.ts';
import { progressOf, type StoredSweep, titleOf } from './storedSweep.ts';
import type { SweepEngine } from './sweepEngine.ts';
import { SweepRoom } from './sweepRoom.ts';
import { workThrough } from './workThrough.ts';

/** This machine, and this process: as many runs at a time as there is room for. */
export const localEngine: SweepEngine<LocalPlace> = {
  isDetached: false,
  demand: async () => {},
  start: async (cli, sweep, where) => {
    const { stopped, isOverdue, placeFailure, ...progress } = await runSweep(cli, sweep, where);
    const { id } = sweep.record;
    const command = (words: string): string => commandIn(sweep.store.folder, words);
    const left = progress.total - progress.finished - progress.dropped;
    cli.note(`sweep ${id}: ${doneText({ ...progress, failed: progress.failed.length })}\n`);
    for (const variant of progress.failed) {
      const title = titleOf(sweep, variant);
      cli.note(`  no result: ${title}; go on with: ${command(`resume ${variantRunId(id, variant.index)}`)}\n`);
    }
    if (isOverdue) cli.note(`limit.hours: ${sweep.sweep.limit.hours} h are over; no further run was started\n`);
    if (placeFailure !== undefined)
      cli.note(`no further run was started: it would end as the last one did (${placeFailure})\n`);
    if (progress.open.length > 0) cli.note(`go on with: ${command(`sweep resume ${id}`)}\n`);
    if (progress.underWay > 0)
      cli.note(
        `${counted(progress.underWay, 'run')} under way elsewhere; look with: ${command(`sweep status ${id}`)}\n`,
      );
    await keepVerdict(sweep);
    return left === 0 ? 0 : stopped ? 130 : 1;
  },
  stop: async ({ folder, store, record, plan }) => {
    const runs = await runsOfSweep(store, record, plan, () => {});
    const running = [...runs.values()].filter((run) => run.state === 'running' && !isJobs(run.folder));
    if (running.length === 0 && readBatches(folder).length > 0) return undefined;
    const stop = async (run: string): Promise<void> => {
      try {
        await stopRun(store, run);
      } catch (error) {
        // It may have ended by itself meanwhile.
        if ((await store.read(run)).state === 'running') throw error;
      }
    };
    await Promise.all(running.map((run) => stop(run.folder)));
    return `${counted(running.length, 'run')} stopped; no further one starts`;
  },
  news: async () => ({ lines: [], facts: {} }),
};

/** Whether a job of a cluster has a run: who cancels the job ends it. */
const isJobs = (runFolder: string): boolean => claimHolder(runFolder)?.job !== undefined;

/** How far a sweep has come in one go. */
interface SweepEnd extends SweepProgress {
  /** Whether it was asked to stop. */
  readonly stopped: boolean;
  /** Whether `limit.hours` kept runs from being started. */
  readonly isOverdue: boolean;
  /** The system's code, where a run ended for what would end all others alike. */
  readonly placeFailure: string | undefined;
}

/**
 * Runs what a sweep still lacks until it is whole, asked to stop, let down by its place, or at it for `limit.hours`: those runs that
 * began are ended, and each go begins some. A run that fails is told and does not hold up the others; one that fell short is not tried twice
 * in one go.
 * @throws UserError when a config of the sweep is not what it was
 */
async function runSweep(cli: Cli, stored: StoredSweep, where: LocalPlace): Promise<SweepEnd> {
  const { hours } = stored.sweep.limit;
  const endMs = performance.now() + (hours ?? Number.POSITIVE_INFINITY) * 3_600_000;
  const tried = new Set<string>();
  // A process for each run at a time: it keeps open what the next one on the same model and data can use.
  const room = new SweepRoom(where, stored.plan);
  const gpus = gpuOfEach(room.most, where.gpus);
  const workers = gpus.map((environment) => new Workers(runningTrainer(), environment));
  const idle = [...workers];
  const bars = room.most > 1 ? new RunBars(cli.stderr) : undefined;
  let stopped = false;
  let placeFailure: string | undefined;
  const attemptOf = ({ index, until }: OpenVariant): string => `${index} ${until?.amount ?? 'whole'}`;
  const isStopped = (): boolean => {
    stopped ||= isSweepAskedToStop(stored.folder);
    return stopped;
  };
  const begin = async (variant: OpenVariant, number: string, threads: number | undefined): Promise<void> => {
    tried.add(attemptOf(variant));
    const slot = idle.pop()!;
    const title = `${number} ${titleOf(stored, variant)}`;
    const shown = { title, workers: slot, bars, threads, onEvents: room.heard.bind(room) };
    const onStopAsked = (): void => {
      stopped = true;
    };
    try {
      const end = await runVariant(bars ? { ...cli, note: (text) => bars.note(text) } : cli, stored, variant, {
        ...shown,
        onStopAsked,
        mayBegin: () => !isStopped(),
      });
      placeFailure ??= end.placeFailure;
    } finally {
      idle.push(slot);
    }
  };
  try {
    return await workThrough(
      async () => {
        const progress = await progressOf(stored);
        const isOver = isStopped() || placeFailure !== undefined;
        const left = isOver ? [] : progress.open.filter((variant) => !tried.has(attemptOf(variant)));
        const isOverdue = left.length > 0 && tried.size > 0 && performance.now() > endMs;
        return { ...progress, stopped, isOverdue, placeFailure, left: isOverdue ? [] : left };
      },
      ({ left, total, ...done }, underWay) => {
        if (left.length > 0) demandSameConfigs(stored.record);
        const next = left.slice(0, room.left(underWay));
        const threads = room.threadsOf(underWay + next.length);
        const before = done.finished + done.dropped + underWay;
        return next.map((variant, i) => begin(variant, `${before + i + 1}/${total}`, threads));
      },
      room.known,
    );
  } finally {
    bars?.close();
    await Promise.all(workers.map((slot) => slot.close()));
  }
}
