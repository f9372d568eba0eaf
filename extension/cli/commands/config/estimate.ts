import type { Command } from 'commander';
import type { RunEstimate } from '../../../contract/estimate.ts';
import { counted } from '../../../problems/counted.ts';
import { runningTrainer } from '../../../processes/trainerCommand.ts';
import { formatClock, formatCount, formatSpeed } from '../../../view/figures.ts';
import { type Cli, repeatable } from '../../cli.ts';
import { table } from '../../output/format.ts';
import { problemCount, problemLines } from '../../output/problems.ts';
import { openReport } from '../../output/progressView.ts';
import { variantsOf } from '../../variants.ts';

interface EstimateFlags {
  readonly set?: readonly string[];
  readonly methods?: string;
  readonly json?: boolean;
  readonly measure: boolean;
  readonly offline?: boolean;
}

export function registerEstimate(program: Command, cli: Cli): void {
  program
    .command('estimate <config>')
    .summary('estimate memory and time of a run')
    .description(
      'Estimates memory, time and tokens per second of a run on the CPU before anything is trained. Measures this machine the first time.',
    )
    .option('--set <key=value>', 'set a key of the config; repeatable', repeatable)
    .option('--methods <list>', 'a line for each: ln-tuning,bitfit,"[prefix, ln-tuning]"')
    .option('--no-measure', 'from earlier measurements of this machine alone')
    .option('--offline', 'download nothing')
    .option('--json', 'the same as JSON; a list of {methods, …} with --methods')
    .action(
      cli.action(async (config: string, { set, methods, json, measure, offline }: EstimateFlags) => {
        const operations = await cli.loadOperations();
        const variants = variantsOf(set ?? [], methods, undefined).map(({ overrides }) => overrides);
        const progress = openReport(cli.stderr);
        const options = { ...(measure && { trainer: runningTrainer() }), downloads: !offline };
        const runs = await operations
          .estimate(config, variants, options, progress.report)
          .finally(() => progress.close());
        const problems = new Map(runs.flatMap((run) => run.problems).map((one) => [problemLines([one]), one]));
        cli.note([...problems.keys()].join(''));
        const done = runs.filter((run) => run.ok);
        if (done.length < runs.length) {
          cli.note(`${config}: ${problemCount([...problems.values()])}; nothing was estimated\n`);
          return 2;
        }
        const only = methods === undefined ? done[0]?.estimate : undefined;
        if (json)
          cli.print(`${JSON.stringify(only ?? done.map((run) => ({ methods: run.methods, ...run.estimate })))}\n`);
        else cli.print(only ? describe(only) : estimatesTable(done));
        return 0;
      }),
    );
}

const estimatesTable = (runs: readonly { readonly methods: string; readonly estimate: RunEstimate }[]): string =>
  table(
    ['methods', 'memory MB', 'whole run', 'first epoch', 'later epochs', 'tokens/s'],
    runs.map(({ methods, estimate }) => [
      methods,
      megabytes(estimate.memoryBytes),
      ...[estimate.totalSeconds, estimate.firstEpochSeconds, estimate.laterEpochSeconds].map(time),
      formatCount(estimate.tokensPerSecond),
    ]),
  );

function describe(estimate: RunEstimate): string {
  const { stepsPerEpoch, totalSteps, evaluations, memoryParts } = estimate;
  const parts = Object.entries(memoryParts)
    .filter(([, bytes]) => bytes >= 1e6)
    .map(([name, bytes]) => `${name} ${megabytes(bytes)}`);
  const several = totalSteps > stepsPerEpoch;
  const lines: [string, string][] = [
    ['memory', `${megabytes(estimate.memoryBytes)} MB at most (${parts.join(', ')})`],
    ['whole run', `${time(estimate.totalSeconds)}, first step after ${time(estimate.startSeconds)}`],
    [
      several ? 'first epoch' : 'epoch',
      `${time(estimate.firstEpochSeconds)} (${counted(stepsPerEpoch, 'step')}, ${counted(estimate.trainingRows, 'row')})`,
    ],
    ...(several ? ([['later epochs', `${time(estimate.laterEpochSeconds)} each`]] as [string, string][]) : []),
    ['evaluations', evaluations === 0 ? 'none' : `${time(estimate.evaluationSeconds)} for ${formatCount(evaluations)}`],
    ['speed', formatSpeed(estimate.tokensPerSecond)],
    ['tokens', tokensText(estimate)],
  ];
  const assumed = estimate.assumptions.map((sentence) => `  ${sentence}\n`).join('');
  return `${lines.map(([name, value]) => `${name.padEnd(13)} ${value}\n`).join('')}\nassumed:\n${assumed}`;
}

function tokensText({ tokensPerEpoch, paddedTokensPerEpoch, longestRow }: RunEstimate): string {
  const padding = 100 * (paddedTokensPerEpoch / tokensPerEpoch - 1);
  return `${formatCount(tokensPerEpoch)} an epoch, ${padding.toFixed(0)} % more with padding, longest row ${formatCount(longestRow)}`;
}

const megabytes = (bytes: number): string => formatCount(bytes / 1e6);

/** Short times keep a decimal. */
const time = (seconds: number): string => (seconds < 100 ? `${seconds.toFixed(1)} s` : formatClock(seconds));
