import type { Command } from 'commander';
import type { JournalEventOf } from '../../../contract/journal.ts';
import type { NewRun } from '../../../contract/run.ts';
import { runningTrainer } from '../../../processes/trainerCommand.ts';
import { defaultRunsFolder } from '../../../runs/folder/store.ts';
import { currentProcess } from '../../../runs/process/process.ts';
import { exitCodeOf } from '../../../supervisor/ending.ts';
import { Workers } from '../../../supervisor/workers.ts';
import { type Cli, type RunsOption, repeatable, runsOption, storeOf } from '../../cli.ts';
import { countsTable } from '../../output/countTable.ts';
import { problemCount, problemLines } from '../../output/problems.ts';
import { openReport } from '../../output/progressView.ts';
import { demandQueue, limitOption, type QueueOptions, queueOption, startWaiting } from '../../queueOptions.ts';
import { describeEnd, leaveRoom, runOne } from '../../runOne.ts';
import { comparisonTable, type Variant, variantsOf } from '../../variants.ts';

interface TrainOptions extends RunsOption, QueueOptions {
  readonly set?: readonly string[];
  readonly methods?: string;
  readonly seeds?: string;
  readonly json?: boolean;
}

export function registerTrain(program: Command, cli: Cli): void {
  program
    .command('train <config>')
    .summary('train what a config describes')
    .description('Trains what a config describes. Ctrl-C stops after the step with a checkpoint; a second one at once.')
    .option('--set <key=value>', 'set a key of the config; repeatable', repeatable)
    .option('--methods <list>', 'one run for each, in turn: ln-tuning,bitfit,"[prefix, ln-tuning]"')
    .option('--seeds <list>', 'one run for each, in turn: 1,2,3')
    .option(...queueOption)
    .option(...limitOption)
    .option('--json', 'one journal event a line on stdout')
    .option(...runsOption)
    .action(cli.action((config: string, options: TrainOptions) => train(cli, config, options)));
}

async function train(cli: Cli, config: string, options: TrainOptions): Promise<number> {
  demandQueue(options);
  const store = storeOf(options, defaultRunsFolder);
  const variants = variantsOf(options.set ?? [], options.methods, options.seeds);
  const workers = new Workers(runningTrainer());
  // It loads the program while the run is prepared.
  if (!options.queue) workers.take();
  const runs = await prepareAll(cli, config, variants).catch((error: unknown) => {
    workers.kill();
    throw error;
  });
  if (runs === undefined) workers.kill();
  if (runs === undefined) return 2;
  if (options.queue) {
    for (const run of runs) cli.print(`${store.create(run).id}\n`);
    return startWaiting(store, options);
  }
  if (!options.json) cli.note(`${countsTable(uniqueMethods(runs))}\n`);

  const folders: string[] = [];
  let end: JournalEventOf<'end'> | undefined;
  let exitCode = 0;
  let stopped = false;
  const onStopAsked = (): void => {
    stopped = true;
  };
  try {
    for (const [index, run] of runs.entries()) {
      const self = await currentProcess();
      const { folder } = store.create(run, self);
      folders.push(folder);
      const title = `${runs.length > 1 ? `${index + 1}/${runs.length} ` : ''}${run.methods}`;
      end = await runOne(cli, folder, self, { json: options.json ?? false, title, workers, onStopAsked });
      cli.note(describeEnd(folder, end));
      exitCode ||= exitCodeOf(end.state);
      if (stopped || end.placeFailure !== undefined) break;
    }
    if (folders.length < runs.length) exitCode ||= exitCodeOf('stopped');
  } finally {
    await workers.close();
  }
  if (!options.json) {
    const entries = await Promise.all(folders.map((folder) => store.read(folder)));
    cli.print(`\n${comparisonTable(entries)}\n${folders.map((folder) => `${folder}\n`).join('')}`);
  }
  await leaveRoom(cli, store, end);
  return exitCode;
}

/** All variants are checked before the first one starts. Undefined when one has errors, which are then told. */
async function prepareAll(
  cli: Cli,
  config: string,
  variants: readonly Variant[],
): Promise<readonly NewRun[] | undefined> {
  const operations = await cli.loadOperations();
  const progress = openReport(cli.stderr);
  const runs: NewRun[] = [];
  const told = new Set<string>();
  try {
    for (const { overrides } of variants) {
      const prepared = await operations.prepare(config, overrides, progress.report);
      const fresh = prepared.problems.filter((problem) => !told.has(problemLines([problem])));
      for (const problem of fresh) told.add(problemLines([problem]));
      cli.note(problemLines(fresh));
      if (prepared.ok) runs.push(prepared.run);
      else cli.note(`${config}: ${problemCount(prepared.problems)}; nothing was trained\n`);
      if (!prepared.ok) return undefined;
    }
  } finally {
    progress.close();
  }
  return runs;
}

const uniqueMethods = (runs: readonly NewRun[]): readonly NewRun[] => [
  ...new Map(runs.map((run) => [run.methods, run])).values(),
];
