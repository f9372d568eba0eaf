import path from 'node:path';
import { runCountText } from '../../experiments/plan/runCount.ts';
import type { SweepProgress } from '../../experiments/progress.ts';
import { runningTrainer } from '../../runs/control/spawn.ts';
import { stopRun } from '../../runs/control/stop.ts';
import { claimRun, releaseClaim } from '../../runs/folder/claim.ts';
import type { RunStore } from '../../runs/folder/store.ts';
import {
  askSweepToStop,
  clearSweepStop,
  createSweep,
  readSweepRecord,
  sweepFolders,
} from '../../runs/folder/sweepFolder.ts';
import { currentProcess } from '../../runs/process/process.ts';
import { formatClock, formatCount } from '../../view/figures.ts';
import { type Cli, UsageError } from '../cli.ts';
import { table } from '../format.ts';
import { problemCount, problemLines } from '../problems.ts';
import { openReport } from '../progressView.ts';
import { isOfTexts, openSweep, sweepContent } from './openSweep.ts';
import { progressOf, runSweep, type StoredSweep, titleOf } from './runSweep.ts';
import { runsOfSweep } from './runsOfSweep.ts';

/** A sweep's folder with its runs laid out. @throws RunError · UsageError */
export function storedSweep(store: RunStore, folder: string): StoredSweep {
  const record = readSweepRecord(folder);
  return { folder, record, store, ...openSweep(record) };
}

/** Starts what a file describes, or goes on with it. @returns the exit code */
export async function startSweep(
  cli: Cli,
  store: RunStore,
  file: string,
  options: { readonly dryRun?: boolean; readonly new?: boolean },
): Promise<number> {
  const { problems, texts } = await (await cli.loadOperations()).checkSweep(file);
  cli.note(problemLines(problems));
  if (texts === undefined) {
    cli.note(`${file}: ${problemCount(problems)}; nothing was started\n`);
    return 2;
  }
  const opened = openSweep(texts);
  if (options.dryRun) return await tellCost(cli, file, opened);
  const known = sweepFolders(store.folder).findLast((folder) => isOfTexts(readSweepRecord(folder), texts));
  const folder = known === undefined || options.new ? createSweep(store.folder, sweepContent(texts)) : known;
  cli.note(`${folder === known ? 'goes on with' : 'starts'} sweep ${path.basename(folder)}\n`);
  return await resumeSweep(cli, storedSweep(store, folder));
}

/** Runs what a sweep still lacks. @returns the exit code */
export async function resumeSweep(cli: Cli, sweep: StoredSweep): Promise<number> {
  const { where } = sweep.sweep;
  if (where.engine !== 'local') throw new UsageError('where.engine: must be local; Slurm cannot be used yet');
  const claim = await claimRun(sweep.folder, await currentProcess());
  try {
    clearSweepStop(sweep.folder);
    const progress = await runSweep(cli, sweep, where);
    const left = progress.total - progress.finished - progress.dropped;
    const id = path.basename(sweep.folder);
    cli.note(`sweep ${id}: ${doneText(progress)}\n`);
    for (const variant of progress.failed) cli.note(`  no result: ${titleOf(sweep, variant)}\n`);
    if (left > 0) cli.note(`go on with: peft-lab sweep resume ${id}\n`);
    cli.print(`${id}\n`);
    return progress.stopped ? 130 : left > 0 ? 1 : 0;
  } finally {
    releaseClaim(claim);
  }
}

/** Stops the runs under way, and has no further one start. */
export async function stopSweep(cli: Cli, sweep: StoredSweep): Promise<number> {
  askSweepToStop(sweep.folder);
  const runs = await runsOfSweep(sweep.store, sweep.record, sweep.plan);
  const running = [...runs.values()].filter(({ state }) => state === 'running');
  for (const { folder } of running) await stopRun(sweep.store, folder);
  cli.note(`sweep ${path.basename(sweep.folder)}: ${running.length} runs stopped; no further one starts\n`);
  return 0;
}

/** Says how far a sweep has come. */
export async function tellSweep(cli: Cli, sweep: StoredSweep, json: boolean): Promise<void> {
  const progress = await progressOf(sweep);
  const id = path.basename(sweep.folder);
  const { total, finished, dropped } = progress;
  if (json) {
    const failed = progress.failed.map(({ index }) => index);
    cli.print(`${JSON.stringify({ id, file: sweep.record.path, total, finished, dropped, failed })}\n`);
    return;
  }
  cli.print(`${id}: ${doneText(progress)}\n`);
  for (const variant of progress.failed) cli.print(`  no result: ${titleOf(sweep, variant)}\n`);
}

/** `8 of 12 runs finished, 3 left behind by halving`. */
const doneText = ({ finished, dropped, total }: SweepProgress): string =>
  `${finished} of ${total} runs finished${dropped > 0 ? `, ${dropped} left behind by halving` : ''}`;

/** Runs and time, from one estimate for each thing that sets time apart. */
async function tellCost(cli: Cli, file: string, { sweep, plan }: Pick<StoredSweep, 'sweep' | 'plan'>): Promise<number> {
  const operations = await cli.loadOperations();
  const progress = openReport(cli.stderr);
  const rows: string[][] = [];
  let seconds = 0;
  try {
    for (const [number, { experiment, arm, grid, points }] of plan.cells.entries()) {
      const config = path.resolve(path.dirname(file), experiment.file);
      const settings = grid.map(({ key, value }) => `${key}=${JSON.stringify(value)}`);
      const overrides = [`methods=${JSON.stringify([arm.methods].flat())}`, ...settings];
      const options = { trainer: runningTrainer(), downloads: true };
      const [estimate] = await operations.estimate(config, [overrides], options, progress.report);
      const tuningRuns = plan.tuningRuns.filter(({ cell }) => cell === number).length;
      const runs = tuningRuns + sweep.seeds.length;
      const each = estimate?.ok ? estimate.estimate.totalSeconds : undefined;
      seconds += runs * (each ?? Number.NaN);
      const name = [arm.name, ...grid.map(({ key, value }) => `${key} ${String(value)}`)].join(', ');
      rows.push([
        ...(sweep.experiments.length > 1 ? [experiment.file] : []),
        name,
        formatCount(points.length),
        formatCount(runs),
        each === undefined ? 'unknown' : formatClock(each),
      ]);
    }
  } finally {
    progress.close();
  }
  const data = sweep.experiments.length > 1 ? ['experiment'] : [];
  cli.print(table([...data, 'arm', 'tried', 'runs', 'each'], rows));
  const whole = Number.isFinite(seconds) ? `about ${formatClock(seconds)} on this machine` : 'time unknown';
  cli.print(`${runCountText(sweep)}, ${whole}; nothing was started\n`);
  return 0;
}
