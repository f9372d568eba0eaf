import type { Command } from 'commander';
import type { Verdict } from '../../experiments/verdict/judge.ts';
import type { Question } from '../../experiments/verdict/question.ts';
import { nearest } from '../../problems/nearest.ts';
import { defaultRunsFolder, type RunStore } from '../../runs/folder/store.ts';
import { resolveSweep } from '../../runs/folder/sweepFolder.ts';
import { type Cli, type RunsOption, runsOption, storeOf, UsageError } from '../cli.ts';
import type { DetailsOf } from '../verdictText.ts';

interface ReportOptions extends RunsOption {
  readonly metric?: string;
  readonly reference?: string;
  readonly details?: boolean;
  readonly json?: boolean;
}

/** Adds `peft-lab sweep report` to the commands about sweeps. */
export function registerSweepReport(sweep: Command, cli: Cli): void {
  sweep
    .command('report <sweep-or-runs...>')
    .summary('say which methods are better, and how sure that is')
    .description(
      'Judges a sweep, or several runs: a leaderboard, every difference with its intervals and p value, what was not shown, and what to be careful about. Of several runs, those that differ in the seed alone are one arm.',
    )
    .option('--metric <name>', "what to judge by (default: the sweep's, or the task's main metric)")
    .option('--reference <arm>', "arm that the others are compared with (default: the sweep's, or every pair)")
    .option('--details', 'also the chance of the better run, stochastic order, and rows that only one arm has right')
    .option('--json', 'a list of {metric, split, title, leaderboard, pairs, warnings}')
    .option(...runsOption)
    .action(cli.action((names: readonly string[], options: ReportOptions) => report(cli, names, options)));
}

async function report(cli: Cli, names: readonly string[], options: ReportOptions): Promise<number> {
  const store = storeOf(options, defaultRunsFolder);
  const metric = options.metric?.replace(/^test_/, '');
  const asked = names.length === 1 ? await askSweep(store, names[0]!, metric) : await askRuns(store, names, metric);
  const questions = asked.map((question) => ({ ...question, reference: options.reference ?? question.reference }));
  if (questions.length === 0) {
    cli.note(`${names[0]}: no run with a result yet; go on with: peft-lab sweep resume ${names[0]}\n`);
    return 1;
  }
  checkReference(options.reference, questions);
  // Statistics: not for a command that only lists runs to wait for.
  const { judge } = await import('../../experiments/verdict/judge.ts');
  const { pairDetails } = await import('../../experiments/verdict/pairDetails.ts');
  const { verdictText } = await import('../verdictText.ts');
  const { verdictView } = await import('../../experiments/verdict/verdictView.ts');
  const verdicts = judge(questions);
  const detailsOf: DetailsOf = (question, { first, second }) => pairDetails(question, first, second);
  if (options.json) {
    const shown = ({ question, pairs }: Verdict) => pairs.map((pair) => ({ ...pair, ...detailsOf(question, pair) }));
    const told = verdicts.map((verdict) => ({ ...verdictView(verdict), pairs: shown(verdict) }));
    cli.print(`${JSON.stringify(told)}\n`);
  } else
    cli.print(verdicts.map((verdict) => verdictText(verdict, options.details ? detailsOf : undefined)).join('\n\n'));
  return 0;
}

async function askRuns(
  store: RunStore,
  names: readonly string[],
  metric: string | undefined,
): Promise<readonly Question[]> {
  const { questionsOfRuns } = await import('../../experiments/verdict/questionsOfRuns.ts');
  const { mainMetric, resultsOfRuns } = await import('../sweeps/runResults.ts');
  const folders = [...new Set(names.map((name) => store.resolve(name)))];
  const results = await resultsOfRuns(await Promise.all(folders.map((folder) => store.read(folder))));
  return questionsOfRuns(results, metric === undefined ? mainMetric : () => metric, undefined);
}

async function askSweep(store: RunStore, name: string, metric: string | undefined): Promise<readonly Question[]> {
  const { progressOfRuns, questionsOfRunsSoFar } = await import('../../experiments/sweepView.ts');
  const { readSweepRuns } = await import('../../runs/folder/sweepRuns.ts');
  const { storedSweep } = await import('../sweeps/sweepActions.ts');
  const stored = storedSweep(store, resolveSweep(store.folder, name));
  const runs = await readSweepRuns(store, stored.record, stored, true);
  const runOf = (index: number) => runs.get(index);
  return questionsOfRunsSoFar(stored, progressOfRuns(stored, runOf), runOf, metric);
}

function checkReference(reference: string | undefined, questions: readonly Question[]): void {
  const arms = [...new Set(questions.flatMap((question) => question.arms.map(({ name }) => name)))];
  if (reference === undefined || arms.includes(reference)) return;
  const meant = nearest(reference, arms);
  const cure = meant === undefined ? `choose from ${arms.join('; ')}` : `did you mean ${JSON.stringify(meant)}?`;
  throw new UsageError(`--reference: must be one of the arms, got ${JSON.stringify(reference)}; ${cure}`);
}
