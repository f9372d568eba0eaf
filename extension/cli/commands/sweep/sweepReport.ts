import type { Command } from 'commander';
import type { Verdict } from '../../../experiments/verdict/judge.ts';
import type { Question } from '../../../experiments/verdict/question.ts';
import { counted } from '../../../problems/counted.ts';
import { nearest } from '../../../problems/nearest.ts';
import { UserError } from '../../../problems/userError.ts';
import { defaultRunsFolder, type RunStore } from '../../../runs/folder/store.ts';
import { resolveSweep } from '../../../runs/folder/sweepFolder.ts';
import { type Cli, commandIn, type RunsOption, runsOption, storeOf } from '../../cli.ts';
import type { DetailsOf } from '../../output/verdictText.ts';
import { sweepNamed } from '../../sweeps/sweepNamed.ts';

interface ReportOptions extends RunsOption {
  readonly metric?: string;
  readonly reference?: string;
  readonly details?: boolean;
  readonly flips?: readonly string[];
  readonly json?: boolean;
}

/** Adds `peft-lab sweep report` to the commands about sweeps. */
export function registerSweepReport(sweep: Command, cli: Cli): void {
  sweep
    .command('report <sweep-or-runs...>')
    .summary('say which methods are better, and how sure that is')
    .description(
      'Judges a sweep, or several runs: a leaderboard, every difference with its intervals and p value, and warnings. Runs that differ in the seed alone are one arm.',
    )
    .option('--metric <name>', "metric that judges (default: the sweep's, or the task's main metric)")
    .option('--reference <arm>', "arm to compare the others with (default: the sweep's, or every pair)")
    .option('--details', 'also the chance of the better run, stochastic order, and rows that only one arm has right')
    .option(
      '--flips <arms...>',
      'rows that one of two arms gets right and the other wrong; `ARM seed N` is one run of an arm',
    )
    .option('--json', 'a list of {metric, split, title, leaderboard, pairs, warnings}')
    .option(...runsOption)
    .action(cli.action((names: readonly string[], options: ReportOptions) => report(cli, names, options)));
}

async function report(cli: Cli, given: readonly string[], options: ReportOptions): Promise<number> {
  const store = storeOf(options, defaultRunsFolder);
  const names = [...new Set(given)];
  const metric = options.metric?.replace(/^test_/, '');
  const { storedSweep } = await import('../../sweeps/storedSweep.ts');
  const { askSweep } = await import('../../sweeps/sweepFlips.ts');
  const asked = await (names.length === 1
    ? askSweep(cli, storedSweep(store, sweepFolder(store, names[0]!)), metric)
    : askRuns(store, names, metric));
  const questions = asked.map((question) => ({ ...question, reference: options.reference ?? question.reference }));
  if (questions.length === 0) {
    const look = commandIn(store.folder, `sweep status ${names[0]}`);
    cli.note(`${names[0]}: no run with a result yet; see what its runs lack with: ${look}\n`);
    return 1;
  }
  checkReference(options.reference, questions);
  if (metric !== undefined) await checkMetric(metric, questions);
  if (options.flips !== undefined) return await tellFlips(cli, questions, options.flips, options.json ?? false);
  // Statistics: not for a command that only lists runs to wait for.
  const { judge } = await import('../../../experiments/verdict/judge.ts');
  const { pairDetails } = await import('../../../experiments/verdict/pairDetails.ts');
  const { verdictText } = await import('../../output/verdictText.ts');
  const { verdictView } = await import('../../../experiments/verdict/verdictView.ts');
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

/** @throws UserError for a run alone · RunError */
function sweepFolder(store: RunStore, name: string): string {
  try {
    return resolveSweep(store.folder, name);
  } catch (error) {
    if (!isRun(store, name)) throw error;
    throw wrongNames('one run', 'name the runs to compare it with');
  }
}

function isRun(store: RunStore, name: string): boolean {
  try {
    store.resolve(name);
    return true;
  } catch {
    return false;
  }
}

const wrongNames = (got: string, cure: string): UserError =>
  new UserError(`sweep report: must be given one sweep, or two runs or more, got ${got}; ${cure}`, 'usage');

async function askRuns(
  store: RunStore,
  names: readonly string[],
  metric: string | undefined,
): Promise<readonly Question[]> {
  const sweeps = names.filter((name) => sweepNamed(store, name) !== undefined);
  if (sweeps.length > 0)
    throw wrongNames(`${counted(sweeps.length, 'sweep')} among ${names.length} names`, 'report each sweep by itself');
  const { questionsOfRuns } = await import('../../../experiments/verdict/questionsOfRuns.ts');
  const { mainMetric, resultsOfRuns } = await import('../../sweeps/runResults.ts');
  const folders = [...new Set(names.map((name) => store.resolve(name)))];
  const results = await resultsOfRuns(await Promise.all(folders.map((folder) => store.read(folder))));
  return questionsOfRuns(results, metric === undefined ? mainMetric : () => metric, undefined);
}

/** Two arms side by side, row by row, for every question that both are part of. */
async function tellFlips(
  cli: Cli,
  questions: readonly Question[],
  arms: readonly string[],
  json: boolean,
): Promise<number> {
  const [first, second, ...others] = arms;
  if (first === undefined || second === undefined || others.length > 0)
    throw new UserError(
      `--flips: must name two arms, got ${arms.length}; name the sweep or the runs before it: sweep report SWEEP --flips A B`,
      'usage',
    );
  const { flipsText } = await import('../../output/flipsText.ts');
  const { flipsIn } = await import('../../sweeps/sweepFlips.ts');
  const told = await flipsIn(cli, questions)(first, second);
  cli.print(json ? `${JSON.stringify(told)}\n` : told.map(flipsText).join('\n\n'));
  return 0;
}

function checkReference(reference: string | undefined, questions: readonly Question[]): void {
  const arms = questions.flatMap((question) => question.arms.map(({ name }) => name));
  if (reference !== undefined) demandOneOf('--reference: must be one of the arms', reference, arms);
}

/** A metric that no run has may be one that none of them can have. */
async function checkMetric(metric: string, questions: readonly Question[]): Promise<void> {
  const { possibleMetrics } = await import('../../../tasks/taskMetrics.ts');
  const { knownTask } = await import('../../../tasks/registry.ts');
  if (questions.some(({ arms }) => arms.some(({ runs }) => runs.some(({ score }) => score !== undefined)))) return;
  const tasks = questions.flatMap(({ record }) => (record && knownTask(record.task)) ?? []);
  demandOneOf('--metric: must be a metric of these runs', metric, [...tasks.flatMap(possibleMetrics), 'loss']);
}

/** @throws UserError with the name that was meant, or with all there are */
function demandOneOf(rule: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const meant = nearest(name, known);
  const cure =
    meant === undefined ? `choose from ${[...new Set(known)].join('; ')}` : `did you mean ${JSON.stringify(meant)}?`;
  throw new UserError(`${rule}, got ${JSON.stringify(name)}; ${cure}`, 'usage');
}
