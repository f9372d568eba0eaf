import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { budgetReached } from '../../contract/budget.ts';
import { sweepFiles } from '../../contract/sweep.ts';
import type { Sweep, Where } from '../../experiments/file/sweep.ts';
import type { SweepPlan } from '../../experiments/plan/planSweep.ts';
import { runCountText } from '../../experiments/plan/runCount.ts';
import { settingTexts } from '../../experiments/plan/searchPoints.ts';
import { errorMessage } from '../../files/failure.ts';
import { runningTrainer } from '../../processes/trainerCommand.ts';
import { spawnDetached } from '../../runs/control/spawn.ts';
import { type ClaimWords, claimRun, releaseClaim } from '../../runs/folder/claim.ts';
import type { RunStore } from '../../runs/folder/store.ts';
import { askSweepToStop, clearSweepStop, createSweep, lastSweep } from '../../runs/folder/sweepFolder.ts';
import { runsOfSweep } from '../../runs/folder/sweepRuns.ts';
import { currentProcess } from '../../runs/process/process.ts';
import { formatBytes, formatClock, formatCount } from '../../view/figures.ts';
import { runningTexts, sweepWhereabouts, titleIn, untunedTexts } from '../../view/sweepText.ts';
import { type Cli, commandIn, type DefaultsOption } from '../cli.ts';
import { table } from '../output/format.ts';
import { problemCount, problemLines } from '../output/problems.ts';
import { leaveRoom } from '../runOne.ts';
import { costOfSweep, costText, limitText } from './costOfSweep.ts';
import { localEngine } from './localEngine.ts';
import {
  demandSameConfigs,
  demandSamePlan,
  isOfTexts,
  openSweep,
  planWarning,
  settingsWarning,
  sweepContent,
} from './openSweep.ts';
import { slurmEngine } from './slurmEngine.ts';
import { noteTo, type StoredSweep, storedSweep } from './storedSweep.ts';
import type { SweepEngine } from './sweepEngine.ts';
import { type SweepFlags, sweepOfFlags } from './sweepOfFlags.ts';
import { viewOfSweep } from './viewOfSweep.ts';

/**
 * Starts what a file describes, or goes on with it.
 * @param given a *.sweep.yaml file, or a config whose sweep the options describe
 * @returns the exit code
 */
export async function startSweep(
  cli: Cli,
  store: RunStore,
  given: string,
  options: SweepFlags & DetachOptions & { readonly dryRun?: boolean; readonly new?: boolean } & DefaultsOption,
): Promise<number> {
  const { file, text } = sweepOfFlags(given, options);
  const { problems, texts } = await (await cli.loadOperations()).checkSweep(file, text, options.default);
  cli.note(problemLines(problems));
  if (texts === undefined) {
    cli.note(`${file}: ${problemCount(problems)}; nothing was started\n`);
    return 2;
  }
  const opened = openSweep(texts);
  if (options.dryRun) return await tellCost(cli, file, opened);
  if (text !== undefined && !existsSync(file)) {
    writeFileSync(file, text);
    cli.note(`wrote ${file}\n`);
  }
  const known = lastSweep(store.folder, (record) => isOfTexts(record, texts));
  const { where, limit } = opened.sweep;
  const isKnown = known !== undefined && !options.new;
  if (!isKnown) await engines[where.engine].demand();
  const folder = isKnown ? known : createSweep(store.folder, sweepContent(texts, opened));
  cli.note(`${folder === known ? 'goes on with' : 'starts'} sweep ${path.basename(folder)}\n`);
  const stored = storedSweep(store, folder);
  cli.note(settingsWarning(stored, texts));
  // A process of its own finds by the file where the sweep runs now, and what it may cost: the record says what was first.
  const again = ['start', stored.record.path, ...(options.default ?? []).flatMap((one) => ['--default', one])];
  return await resumeSweep(cli, { ...stored, sweep: { ...stored.sweep, where, limit } }, options, again);
}

const engines: { readonly [E in Where['engine']]: SweepEngine<Extract<Where, { engine: E }>> } = {
  local: localEngine,
  slurm: slurmEngine,
};

export interface DetachOptions {
  /** Whether it goes on whatever happens to this process. */
  readonly detach?: boolean;
  /** Whether this is the process that goes on: the one that started it has seen to older requests, and heeds no newer ones. */
  readonly detached?: boolean;
}

/**
 * Runs what a sweep still lacks.
 * @param again what a process of its own is to do, in words of `sweep`
 * @returns the exit code
 */
export async function resumeSweep(
  cli: Cli,
  sweep: StoredSweep,
  { detach = false, detached = false }: DetachOptions,
  again: readonly string[] = ['resume', sweep.record.id],
): Promise<number> {
  const { where } = sweep.sweep;
  const engine = engines[where.engine];
  demandSamePlan(sweep);
  demandSameConfigs(sweep.record);
  cli.note(planWarning(sweep));
  const claim = await claimRun(sweep.folder, await currentProcess(), claimWords(sweep));
  const isLeft = detach && !engine.isDetached;
  let code = 0;
  try {
    if (!detached) clearSweepStop(sweep.folder);
    if (!isLeft) code = await engine.start(cli, sweep, where as never);
  } finally {
    releaseClaim(claim);
    // Runs that were queued meanwhile waited for all of it: between its own runs there is no room.
    if (!isLeft && !engine.isDetached) await leaveRoom(cli, sweep.store);
  }
  if (isLeft) await leaveSweep(sweep, again);
  cli.print(`${sweep.record.id}\n`);
  return code;
}

const claimWords = ({ record: { id }, store }: StoredSweep): ClaimWords => ({
  rule: `sweep ${id}: one process works on a sweep at a time`,
  cure: `look with \`${commandIn(store.folder, `sweep status ${id}`)}\`, end it with \`${commandIn(store.folder, `sweep stop ${id}`)}\``,
});

/** Starts a process that goes on with a sweep, whatever happens to this one. */
async function leaveSweep({ folder, store }: StoredSweep, again: readonly string[]): Promise<void> {
  const words = ['sweep', ...again, '--detached', '--runs', store.folder];
  await spawnDetached(runningTrainer(), words, { logFile: path.join(folder, sweepFiles.log), folder });
}

/** Stops what is under way of a sweep, wherever that is, and has no further run start. */
export async function stopSweep(cli: Cli, sweep: StoredSweep): Promise<number> {
  askSweepToStop(sweep.folder);
  const stopped = await Promise.all(Object.values(engines).map((engine) => engine.stop(sweep)));
  cli.note(`sweep ${sweep.record.id}: ${stopped.filter((what) => what !== undefined).join('; ')}\n`);
  return 0;
}

/** Says how far a sweep has come. */
export async function tellSweep(cli: Cli, sweep: StoredSweep, json: boolean): Promise<void> {
  const view = await viewOfSweep(sweep, false, noteTo(cli));
  const failed = view.runs.filter(({ state }) => state === 'failed');
  const newsOfAll = () => Promise.all(Object.values(engines).map((engine) => engine.news(sweep)));
  if (json) {
    const { id, path: file, state, total, finished, dropped, secondsLeft } = view;
    const running = view.runs.filter((run) => run.state === 'running').map(({ index }) => index);
    const told = { id, file, state, total, finished, dropped, failed: failed.map(({ index }) => index), running };
    const facts = (await newsOfAll()).map((news) => news.facts);
    cli.print(`${JSON.stringify(Object.assign({ ...told, secondsLeft }, ...facts))}\n`);
    return;
  }
  cli.print(`${view.id}: ${sweepWhereabouts(view)}\n`);
  cli.note(planWarning(sweep));
  for (const text of runningTexts(view)) cli.print(`  now: ${text}\n`);
  const command = (words: string): string => commandIn(sweep.store.folder, words);
  for (const run of failed)
    cli.print(`  no result: ${titleIn(view, run)}; go on with: ${command(`resume ${run.run}`)}\n`);
  for (const text of untunedTexts(view)) cli.print(`  not tuned: ${text}\n`);
  try {
    for (const { lines } of await newsOfAll()) for (const line of lines) cli.print(`  ${line}\n`);
  } catch (error) {
    // The runs are told of all the same where a cluster cannot be asked.
    cli.note(`${errorMessage(error)}\n`);
  }
  const entries = await runsOfSweep(sweep.store, sweep.record, sweep.plan, () => {});
  for (const run of view.runs) {
    const message = entries.get(run.index)?.message;
    if ((run.state === 'died' || run.state === 'stopped') && message !== budgetReached)
      cli.print(`  ${run.state}: ${titleIn(view, run)}: ${message ?? 'cause unknown'}\n`);
  }
  if (view.state === 'open') cli.print(`go on with: ${command(`sweep resume ${view.id}`)}\n`);
}

/** Everything that is shown of a sweep, as JSON. */
export async function printSweepView(cli: Cli, sweep: StoredSweep): Promise<void> {
  cli.print(`${JSON.stringify(await viewOfSweep(sweep, true, noteTo(cli)))}\n`);
}

/** What the runs of each cell need, and all together. */
async function tellCost(cli: Cli, file: string, { sweep, plan }: Pick<StoredSweep, 'sweep' | 'plan'>): Promise<number> {
  const priced = await costOfSweep(cli, file, { sweep, plan }, { measure: true, downloads: true });
  const several = sweep.experiments.length > 1;
  const rows = plan.cells.map(({ experiment, arm, grid, points }, number) => {
    const cost = 'cells' in priced ? priced.cells[number] : undefined;
    return [
      ...(several ? [experiment.file] : []),
      [arm.name, ...settingTexts(grid)].join(', '),
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
