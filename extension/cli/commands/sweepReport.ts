import path from 'node:path';
import type { Command } from 'commander';
import type { JudgedSplit, RowOutcomesFile } from '../../contract/rowOutcomes.ts';
import { type RunRecord, runFiles } from '../../contract/run.ts';
import type { JudgedPair, Verdict } from '../../experiments/verdict/judge.ts';
import type { RunResult } from '../../experiments/verdict/questionsOfRuns.ts';
import { plainInLine } from '../../files/plainText.ts';
import { nearest } from '../../problems/nearest.ts';
import { readRowOutcomes } from '../../runs/folder/rowOutcomes.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { defaultRunsFolder } from '../../runs/folder/store.ts';
import { readJournal } from '../../runs/journal/journalReader.ts';
import { seedGroupOf } from '../../view/seedGroup.ts';
import { groupBy } from '../../view/tellApart.ts';
import { type Cli, type RunsOption, runsOption, storeOf, UsageError } from '../cli.ts';
import { labelsOf } from '../sweep.ts';

import type { DetailsOf } from '../verdictText.ts';

interface ReportOptions extends RunsOption {
  readonly metric?: string;
  readonly reference?: string;
  readonly details?: boolean;
  readonly json?: boolean;
}

export function registerSweepReport(sweep: Command, cli: Cli): void {
  sweep
    .command('report <run...>')
    .summary('say which methods are better, and how sure that is')
    .description(
      'Compares runs over their seeds: a leaderboard, every difference with its intervals and p value, what was not shown, and what to be careful about. Runs that differ in the seed alone are one arm.',
    )
    .option('--metric <name>', "what to judge by (default: the task's main metric)")
    .option('--reference <methods>', 'arm that the others are compared with (default: every pair is compared)')
    .option('--details', 'also the chance of the better run, stochastic order, and rows that only one arm has right')
    .option('--json', 'a list of {metric, split, title, leaderboard, pairs, warnings}')
    .option(...runsOption)
    .action(cli.action((names: readonly string[], options: ReportOptions) => report(cli, names, options)));
}

async function report(cli: Cli, names: readonly string[], options: ReportOptions): Promise<number> {
  const store = storeOf(options, defaultRunsFolder);
  const folders = [...new Set(names.map((name) => store.resolve(name)))];
  const runs = await Promise.all(folders.map((folder) => store.read(folder)));
  // Statistics and tasks: not for a command that only lists runs to wait for.
  const [{ questionsOfRuns }, { judge }, { pairDetails }, { verdictText }, metricFor] = await Promise.all([
    import('../../experiments/verdict/questionsOfRuns.ts'),
    import('../../experiments/verdict/judge.ts'),
    import('../../experiments/verdict/pairDetails.ts'),
    import('../verdictText.ts'),
    mainMetric(options.metric),
  ]);
  const results = await resultsOf(runs);
  checkReference(options.reference, results);
  const verdicts = judge(questionsOfRuns(results, metricFor, options.reference));
  const detailsOf: DetailsOf = (question, { first, second }) => pairDetails(question, first, second);
  if (options.json) cli.print(`${JSON.stringify(verdicts.map((verdict) => verdictJson(verdict, detailsOf)))}\n`);
  else cli.print(verdicts.map((verdict) => verdictText(verdict, options.details ? detailsOf : undefined)).join('\n\n'));
  return 0;
}

/** Runs that differ in the seed alone are one arm. */
async function resultsOf(runs: readonly RunEntry[]): Promise<readonly RunResult[]> {
  const groups = groupBy(runs, ({ record }) => seedGroupOf(record));
  const labels = distinct(labelsOf(groups.map(([first]) => first!.record)));
  const results = groups.flatMap((group, index) => group.map((run) => resultOf(run, labels[index]!)));
  return Promise.all(results);
}

/** `lora`, `lora #2` */
const distinct = (labels: readonly string[]): readonly string[] =>
  labels.map((label, index) => {
    const before = labels.slice(0, index).filter((other) => other === label).length;
    return plainInLine(before === 0 ? label : `${label} #${before + 1}`);
  });

async function resultOf({ folder, record, state, summary }: RunEntry, arm: string): Promise<RunResult> {
  const { events } = await readJournal(path.join(folder, runFiles.journal));
  const steps = events.flatMap((event) =>
    event.type === 'evaluation' && event.split === 'validation' ? event.step : [],
  );
  const outcomes = (split: JudgedSplit): RowOutcomesFile | undefined => {
    const read = readRowOutcomes(folder, split);
    return read.kind === 'ok' ? read.value : undefined;
  };
  return { arm, record, state, summary, evaluations: new Set(steps).size, outcomes };
}

/** The metric asked for, or what the run's task is watched by. */
async function mainMetric(asked: string | undefined): Promise<(record: RunRecord) => string> {
  if (asked !== undefined) {
    const name = asked.replace(/^test_/, '');
    return () => name;
  }
  const [{ knownTask }, { metricsFor }] = await Promise.all([
    import('../../tasks/registry.ts'),
    import('../../tasks/taskMetrics.ts'),
  ]);
  return ({ task, labels }) => {
    const known = knownTask(task);
    return known === undefined ? 'loss' : metricsFor(known, labels ?? [])[0]!;
  };
}

function checkReference(reference: string | undefined, results: readonly RunResult[]): void {
  const arms = [...new Set(results.map(({ arm }) => arm))];
  if (reference === undefined || arms.includes(reference)) return;
  const meant = nearest(reference, arms);
  const cure = meant === undefined ? `choose from ${arms.join('; ')}` : `did you mean ${JSON.stringify(meant)}?`;
  throw new UsageError(
    `--reference: must be the methods of one of the runs, got ${JSON.stringify(reference)}; ${cure}`,
  );
}

/** A verdict without what only this program needs. */
function verdictJson({ question, leaderboard, pairs, warnings }: Verdict, detailsOf: DetailsOf) {
  const { metric, split, title } = question;
  const shown = (pair: JudgedPair) => ({ ...pair, ...detailsOf(question, pair) });
  return { metric: metric.name, split, title, leaderboard, pairs: pairs.map(shown), warnings };
}
