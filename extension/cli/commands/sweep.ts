import path from 'node:path';
import type { Command } from 'commander';
import { runCountText } from '../../experiments/plan/runCount.ts';
import type { SweepProgress } from '../../experiments/progress.ts';
import { runningTrainer } from '../../runs/control/spawn.ts';
import { stopRun } from '../../runs/control/stop.ts';
import { claimRun, releaseClaim } from '../../runs/folder/claim.ts';
import { defaultRunsFolder, type RunStore } from '../../runs/folder/store.ts';
import {
  askSweepToStop,
  clearSweepStop,
  createSweep,
  readSweepRecord,
  resolveSweep,
  sweepFolders,
} from '../../runs/folder/sweepFolder.ts';
import { currentProcess } from '../../runs/process/process.ts';
import { formatClock, formatCount } from '../../view/figures.ts';
import { type Cli, type RunsOption, runsOption, storeOf } from '../cli.ts';
import { table } from '../format.ts';
import { problemCount, problemLines } from '../problems.ts';
import { openReport } from '../progressView.ts';
import { isOfTexts, openSweep, readSweepFiles, sweepContent } from '../sweeps/openSweep.ts';
import { progressOf, runSweep, type StoredSweep, titleOf } from '../sweeps/runSweep.ts';
import { runsOfSweep } from '../sweeps/runsOfSweep.ts';
import { registerSweepCheck } from './sweepCheck.ts';
import { registerSweepReport } from './sweepReport.ts';

interface StartOptions extends RunsOption {
  readonly dryRun?: boolean;
  readonly new?: boolean;
}

/** `peft-lab sweep …`: methods compared fairly, from one file. */
export function registerSweep(program: Command, cli: Cli): void {
  const sweep = program
    .command('sweep')
    .summary('compare methods: tune each, judge them with many seeds')
    .description('Compares methods: tunes each one on validation rows and judges them with fresh seeds on test rows.');
  registerSweepCheck(sweep, cli);
  sweep
    .command('start <file>')
    .summary('start a sweep, or go on with it')
    .description(
      'Starts what a *.sweep.yaml describes. The same file goes on where it was: no run is made twice. Ctrl-C stops after the step with a checkpoint.',
    )
    .option('--dry-run', 'tell how many runs it has and how long they take; start nothing')
    .option('--new', 'start it anew although it was started before')
    .option(...runsOption)
    .action(cli.action((file: string, options: StartOptions) => start(cli, file, options)));
  sweep
    .command('resume <sweep>')
    .summary('go on with a sweep')
    .description('Goes on with a sweep: what was stopped or died goes on from its checkpoint, what is missing is run.')
    .option(...runsOption)
    .action(
      cli.action(async (name: string, options: RunsOption) => {
        const store = storeOf(options, defaultRunsFolder);
        return await run(cli, stored(store, resolveSweep(store.folder, name)));
      }),
    );
  sweep
    .command('stop <sweep>')
    .summary('stop a sweep')
    .description('Stops the run under way with a checkpoint, and starts no further one; `sweep resume` goes on.')
    .option(...runsOption)
    .action(
      cli.action(async (name: string, options: RunsOption) => {
        const store = storeOf(options, defaultRunsFolder);
        return await stop(cli, stored(store, resolveSweep(store.folder, name)));
      }),
    );
  sweep
    .command('status [sweep]')
    .summary('tell how far sweeps have come')
    .description('How far a sweep has come, with the runs that have no result; without a name, all sweeps.')
    .option('--json', 'one object a sweep')
    .option(...runsOption)
    .action(
      cli.action(async (name: string | undefined, options: RunsOption & { readonly json?: boolean }) => {
        const store = storeOf(options, defaultRunsFolder);
        const folders = name === undefined ? sweepFolders(store.folder) : [resolveSweep(store.folder, name)];
        if (folders.length === 0) cli.note(`no sweep in ${store.folder}\n`);
        for (const folder of folders) await tell(cli, stored(store, folder), options.json ?? false);
        return 0;
      }),
    );
  registerSweepReport(sweep, cli);
}

function stored(store: RunStore, folder: string): StoredSweep {
  const record = readSweepRecord(folder);
  return { folder, record, store, ...openSweep(record) };
}

async function start(cli: Cli, file: string, options: StartOptions): Promise<number> {
  const { problems } = await (await cli.loadOperations()).checkSweep(file);
  cli.note(problemLines(problems));
  if (problems.some(({ severity }) => severity === 'error')) {
    cli.note(`${file}: ${problemCount(problems)}; nothing was started\n`);
    return 2;
  }
  const texts = readSweepFiles(file);
  const opened = openSweep(texts);
  if (options.dryRun) return await tellCost(cli, file, opened);
  const store = storeOf(options, defaultRunsFolder);
  const known = sweepFolders(store.folder).findLast((folder) => isOfTexts(readSweepRecord(folder), texts));
  const folder = known === undefined || options.new ? createSweep(store.folder, sweepContent(texts)) : known;
  cli.note(`${folder === known ? 'goes on with' : 'starts'} sweep ${path.basename(folder)}\n`);
  return await run(cli, stored(store, folder));
}

async function run(cli: Cli, sweep: StoredSweep): Promise<number> {
  const claim = await claimRun(sweep.folder, await currentProcess());
  try {
    clearSweepStop(sweep.folder);
    const progress = await runSweep(cli, sweep);
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

async function stop(cli: Cli, sweep: StoredSweep): Promise<number> {
  askSweepToStop(sweep.folder);
  const runs = await runsOfSweep(sweep.store, sweep.record, sweep.plan);
  const running = [...runs.values()].filter(({ state }) => state === 'running');
  for (const { folder } of running) await stopRun(sweep.store, folder);
  cli.note(`sweep ${path.basename(sweep.folder)}: ${running.length} runs stopped; no further one starts\n`);
  return 0;
}

async function tell(cli: Cli, sweep: StoredSweep, json: boolean): Promise<void> {
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
