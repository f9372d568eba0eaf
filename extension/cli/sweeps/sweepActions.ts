import path from 'node:path';
import { budgetReached } from '../../contract/budget.ts';
import { sweepFiles } from '../../contract/sweep.ts';
import type { Sweep } from '../../experiments/file/sweep.ts';
import type { SweepPlan } from '../../experiments/plan/planSweep.ts';
import { runCountText } from '../../experiments/plan/runCount.ts';
import { errorMessage } from '../../files/failure.ts';
import { runningTrainer } from '../../processes/trainerCommand.ts';
import { spawnDetached } from '../../runs/control/spawn.ts';
import { stopRun } from '../../runs/control/stop.ts';
import { claimRun, releaseClaim } from '../../runs/folder/claim.ts';
import type { RunStore } from '../../runs/folder/store.ts';
import {
  askSweepToStop,
  clearSweepStop,
  createSweep,
  readSweepRecord,
  sweepFolders,
  writeVerdict,
} from '../../runs/folder/sweepFolder.ts';
import { readBatches } from '../../runs/folder/sweepJobs.ts';
import { runsOfSweep } from '../../runs/folder/sweepRuns.ts';
import { currentProcess } from '../../runs/process/process.ts';
import { formatBytes, formatClock, formatCount } from '../../view/figures.ts';
import { doneText, runningTexts, sweepWhereabouts, titleIn } from '../../view/sweepText.ts';
import type { Cli } from '../cli.ts';
import { table } from '../output/format.ts';
import { problemCount, problemLines } from '../output/problems.ts';
import { costOfSweep, costText, limitText } from './costOfSweep.ts';
import { demandSameConfigs, demandSamePlan, isOfTexts, openSweep, planWarning, sweepContent } from './openSweep.ts';
import { runSweep, type StoredSweep, titleOf } from './runSweep.ts';
import { overdueText, secondsSpent } from './secondsSpent.ts';
import { cancelSweep, type JobNews, jobNews, submitSweep } from './submitSweep.ts';
import { viewOfSweep } from './viewOfSweep.ts';

/** A sweep's folder with its runs laid out. @throws RunError · UserError */
export function storedSweep(store: RunStore, folder: string): StoredSweep {
  const record = readSweepRecord(folder);
  return { folder, record, store, ...openSweep(record) };
}

/** Starts what a file describes, or goes on with it. @returns the exit code */
export async function startSweep(
  cli: Cli,
  store: RunStore,
  file: string,
  options: { readonly dryRun?: boolean; readonly new?: boolean; readonly detach?: boolean },
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
  const folder = known === undefined || options.new ? createSweep(store.folder, sweepContent(texts, opened)) : known;
  cli.note(`${folder === known ? 'goes on with' : 'starts'} sweep ${path.basename(folder)}\n`);
  const { where, limit } = opened.sweep;
  const stored = storedSweep(store, folder);
  return await resumeSweep(cli, { ...stored, sweep: { ...stored.sweep, where, limit } }, options.detach);
}

/**
 * Runs what a sweep still lacks.
 * @param detach whether a process of its own does
 * @returns the exit code
 */
export async function resumeSweep(cli: Cli, sweep: StoredSweep, detach = false): Promise<number> {
  const { where } = sweep.sweep;
  demandSamePlan(sweep);
  demandSameConfigs(sweep.record);
  cli.note(planWarning(sweep));
  const claim = await claimRun(sweep.folder, await currentProcess());
  if (detach && where.engine === 'local') {
    releaseClaim(claim);
    return await leaveSweep(cli, sweep);
  }
  try {
    clearSweepStop(sweep.folder);
    const id = path.basename(sweep.folder);
    if (where.engine === 'slurm') {
      const jobs = await submitSweep(cli, sweep, where);
      cli.note(`sweep ${id}: ${jobs} jobs submitted; look at them with: peft-lab sweep status ${id}\n`);
      cli.print(`${id}\n`);
      return 0;
    }
    const progress = await runSweep(cli, sweep, where);
    const left = progress.total - progress.finished - progress.dropped;
    cli.note(`sweep ${id}: ${doneText({ ...progress, failed: progress.failed.length })}\n`);
    for (const variant of progress.failed) cli.note(`  no result: ${titleOf(sweep, variant)}\n`);
    if (progress.isOverdue)
      cli.note(`limit.hours: ${sweep.sweep.limit.hours} h are over; no further run was started\n`);
    if (left > 0) cli.note(`go on with: peft-lab sweep resume ${id}\n`);
    if (progress.open.length === 0) await keepVerdict(sweep);
    cli.print(`${id}\n`);
    return progress.stopped ? 130 : left > 0 ? 1 : 0;
  } finally {
    releaseClaim(claim);
  }
}

/** Keeps with a sweep that is whole what it has shown, so that lists can tell it without statistics. */
async function keepVerdict(sweep: StoredSweep): Promise<void> {
  const { verdicts = [] } = await viewOfSweep(sweep, true);
  writeVerdict(
    sweep.folder,
    verdicts.flatMap(({ pairs }) => pairs.map(({ sentence }) => sentence)),
  );
}

/** Starts a process that goes on with a sweep, whatever happens to this one. */
async function leaveSweep(cli: Cli, { folder, store }: StoredSweep): Promise<number> {
  const id = path.basename(folder);
  const words = ['sweep', 'resume', id, '--runs', store.folder];
  await spawnDetached(runningTrainer(), words, { logFile: path.join(folder, sweepFiles.log), folder });
  cli.print(`${id}\n`);
  return 0;
}

/** Stops the runs under way, and has no further one start. */
export async function stopSweep(cli: Cli, sweep: StoredSweep): Promise<number> {
  if (readBatches(sweep.folder).length > 0) {
    const jobs = await cancelSweep(sweep);
    cli.note(`sweep ${path.basename(sweep.folder)}: ${jobs} jobs cancelled; those that ran write a checkpoint\n`);
    return 0;
  }
  askSweepToStop(sweep.folder);
  const runs = await runsOfSweep(sweep.store, sweep.record, sweep.plan);
  const running = [...runs.values()].filter(({ state }) => state === 'running');
  await Promise.all(running.map(({ folder }) => stopRun(sweep.store, folder)));
  cli.note(`sweep ${path.basename(sweep.folder)}: ${running.length} runs stopped; no further one starts\n`);
  return 0;
}

/** Says how far a sweep has come. */
export async function tellSweep(cli: Cli, sweep: StoredSweep, json: boolean): Promise<void> {
  const view = await viewOfSweep(sweep, false);
  const failed = view.runs.filter(({ state }) => state === 'failed');
  const isOnSlurm = readBatches(sweep.folder).length > 0;
  if (json) {
    const { id, path: file, state, total, finished, dropped, secondsLeft } = view;
    const running = view.runs.filter((run) => run.state === 'running').map(({ index }) => index);
    const told = { id, file, state, total, finished, dropped, failed: failed.map(({ index }) => index), running };
    const jobs = isOnSlurm ? { jobs: await jobNews(sweep) } : {};
    cli.print(`${JSON.stringify({ ...told, secondsLeft, ...jobs })}\n`);
    return;
  }
  cli.print(`${view.id}: ${sweepWhereabouts(view)}\n`);
  cli.note(planWarning(sweep));
  for (const text of runningTexts(view)) cli.print(`  now: ${text}\n`);
  for (const run of failed) cli.print(`  no result: ${titleIn(view, run)}\n`);
  if (isOnSlurm) {
    await tellJobs(cli, sweep);
    const { mostSeconds } = readBatches(sweep.folder).at(-1)!;
    const isOverdue = mostSeconds !== undefined && (await secondsSpent(sweep)) >= mostSeconds;
    if (isOverdue && view.state !== 'finished')
      cli.print(`  ${overdueText}; go on with: peft-lab sweep resume ${view.id}\n`);
  }
  const entries = await runsOfSweep(sweep.store, sweep.record, sweep.plan);
  for (const run of view.runs) {
    const message = entries.get(run.index)?.message;
    if ((run.state === 'died' || run.state === 'stopped') && message !== budgetReached)
      cli.print(`  ${run.state}: ${titleIn(view, run)}: ${message ?? 'cause unknown'}\n`);
  }
}

/** What its jobs do; the runs are told of all the same where Slurm cannot be asked. */
async function tellJobs(cli: Cli, sweep: StoredSweep): Promise<void> {
  try {
    for (const news of await jobNews(sweep)) cli.print(`  ${newsText(news)}\n`);
  } catch (error) {
    cli.note(`${errorMessage(error)}\n`);
  }
}

/** `job 1234, tuning: 2 running on n1 n2; 3 waiting: nothing is free (Resources)` */
function newsText({ id, stage, running, nodes, waiting }: JobNews): string {
  const parts = [
    ...(running > 0 ? [`${running} running on ${nodes.join(' ')}`] : []),
    ...Object.entries(waiting).map(([why, count]) => `${count} waiting: ${why}`),
  ];
  return `job ${id}, ${stage}: ${parts.join('; ')}`;
}

/** Everything that is shown of a sweep, as JSON. */
export async function printSweepView(cli: Cli, sweep: StoredSweep): Promise<void> {
  cli.print(`${JSON.stringify(await viewOfSweep(sweep, true))}\n`);
}

/** What the runs of each cell need, and all together. */
async function tellCost(cli: Cli, file: string, { sweep, plan }: Pick<StoredSweep, 'sweep' | 'plan'>): Promise<number> {
  const priced = await costOfSweep(cli, file, { sweep, plan }, { measure: true, downloads: true });
  const several = sweep.experiments.length > 1;
  const rows = plan.cells.map(({ experiment, arm, grid, points }, number) => {
    const cost = 'cells' in priced ? priced.cells[number] : undefined;
    return [
      ...(several ? [experiment.file] : []),
      [arm.name, ...grid.map(({ key, value }) => `${key} ${String(value)}`)].join(', '),
      formatCount(points.length),
      formatCount(variantCount(plan, sweep, number)),
      ...(cost === undefined
        ? []
        : [formatClock(cost.seconds), formatBytes(cost.memoryBytes), formatBytes(cost.diskBytes)]),
    ];
  });
  const figures = 'cells' in priced ? ['time', 'memory', 'disk'] : [];
  cli.print(table([...(several ? ['experiment'] : []), 'arm', 'tried', 'runs', ...figures], rows));
  cli.print(`${runCountText(sweep)}, ${costText(priced)}; nothing was started\n`);
  const late = limitText(sweep, priced);
  if (late !== undefined) cli.print(`${late}\n`);
  return 0;
}

const variantCount = ({ tuningRuns }: SweepPlan, { seeds }: Sweep, number: number): number =>
  tuningRuns.filter(({ cell }) => cell === number).length + seeds.length;
