import type { Command } from 'commander';
import type { RunEstimate } from '../../../contract/estimate.ts';
import { runningTrainer } from '../../../runs/spawn.ts';
import { type Cli, repeatable } from '../cli.ts';
import { count, duration } from '../format.ts';
import { problemCount, problemLines } from '../problems.ts';
import { openReport } from '../progressView.ts';

interface EstimateFlags {
  readonly set?: readonly string[];
  readonly json?: boolean;
  readonly measure: boolean;
  readonly offline?: boolean;
}

export function registerEstimate(program: Command, cli: Cli): void {
  program
    .command('estimate <config>')
    .summary('tell memory and time of a run')
    .description(
      'Tells memory, time and tokens per second of a run on the CPU before anything is trained. Measures this machine the first time.',
    )
    .option('--set <key=value>', 'set a key of the config; repeatable', repeatable)
    .option('--no-measure', 'only with what was measured of this machine before')
    .option('--offline', 'download nothing')
    .option('--json', 'the same as JSON')
    .option('--runs <dir>', 'accepted as by every command')
    .action(
      cli.action(async (config: string, { set, json, measure, offline }: EstimateFlags) => {
        const operations = await cli.loadOperations();
        const progress = openReport(cli.stderr);
        const found = await operations
          .estimate(
            config,
            set ?? [],
            { ...(measure && { trainer: runningTrainer() }), downloads: !offline },
            progress.report,
          )
          .finally(() => progress.close());
        cli.note(problemLines(found.problems));
        if (!found.ok) {
          cli.note(`${config}: ${problemCount(found.problems)}; nothing was estimated\n`);
          return 2;
        }
        cli.print(json ? `${JSON.stringify(found.estimate)}\n` : describe(found.estimate));
        return 0;
      }),
    );
}

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
      `${time(estimate.firstEpochSeconds)} (${count(stepsPerEpoch)} steps, ${count(estimate.trainingRows)} rows)`,
    ],
    ...(several ? ([['later epochs', `${time(estimate.laterEpochSeconds)} each`]] as [string, string][]) : []),
    ['evaluations', evaluations === 0 ? 'none' : `${time(estimate.evaluationSeconds)} for ${count(evaluations)}`],
    ['speed', `${count(estimate.tokensPerSecond)} tokens/s`],
    ['tokens', tokensText(estimate)],
  ];
  const assumed = estimate.assumptions.map((sentence) => `  ${sentence}\n`).join('');
  return `${lines.map(([name, value]) => `${name.padEnd(13)} ${value}\n`).join('')}\nassumed:\n${assumed}`;
}

function tokensText({ tokensPerEpoch, paddedTokensPerEpoch, longestRow }: RunEstimate): string {
  const padding = 100 * (paddedTokensPerEpoch / tokensPerEpoch - 1);
  return `${count(tokensPerEpoch)} an epoch, ${padding.toFixed(0)} % more with padding, longest row ${count(longestRow)}`;
}

const megabytes = (bytes: number): string => count(bytes / 1e6);

/** Short times keep a decimal. */
const time = (seconds: number): string => (seconds < 100 ? `${seconds.toFixed(1)} s` : duration(seconds));
