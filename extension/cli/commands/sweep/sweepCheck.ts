import type { Command } from 'commander';
import type { Sweep } from '../../../experiments/file/sweep.ts';
import type { SweepPlan } from '../../../experiments/plan/planSweep.ts';
import { type Cli, type DefaultsOption, defaultOption } from '../../cli.ts';
import { problemCount, problemLines } from '../../output/problems.ts';

/** `sweep check` in its group. */
export function registerSweepCheck(sweep: Command, cli: Cli): void {
  sweep
    .command('check <file>')
    .summary('list every problem of a sweep and count its runs')
    .description(
      'Checks a *.sweep.yaml file and the config of each of its runs, counts the runs and estimates their cost here; starts nothing. Exit code 2 if any problem is an error.',
    )
    .option('--no-measure', 'time and size from earlier measurements of this machine alone')
    .option('--json', 'one object: {"runs", "problems", "cells", "tuningRuns", "cost"}')
    .addOption(defaultOption())
    .action(cli.action((file: string, options: CheckOptions) => check(cli, file, options)));
}

interface CheckOptions extends DefaultsOption {
  readonly json?: boolean;
  readonly measure: boolean;
}

async function check(cli: Cli, file: string, { json, measure, default: defaults }: CheckOptions): Promise<number> {
  const { problems, sweep, plan, texts } = await (await cli.loadOperations()).checkSweep(file, undefined, defaults);
  const { runCount, runCountText } = await import('../../../experiments/plan/runCount.ts');
  const { halvingText } = await import('../../../experiments/plan/halvingText.ts');
  const { costOfSweep, costText, limitText } = await import('../../sweeps/costOfSweep.ts');
  const runs = sweep === undefined ? null : runCount(sweep);
  const isFine = texts !== undefined && sweep !== undefined && plan !== undefined;
  const priced = isFine ? await costOfSweep(cli, file, { sweep, plan }, { measure, downloads: false }) : undefined;
  if (json) {
    const cost = priced && 'cost' in priced ? priced.cost : null;
    cli.print(`${JSON.stringify({ runs, problems, ...(sweep && plan && planJson(sweep, plan)), cost })}\n`);
  } else {
    cli.print(problemLines(problems));
    if (sweep !== undefined) cli.print(`${runCountText(sweep)}\n`);
    const halvings = sweep && plan ? plan.cells.flatMap((cell) => halvingText(sweep, cell) ?? []) : [];
    for (const text of new Set(halvings)) cli.print(`${text}\n`);
    if (sweep && priced) {
      cli.print(`${costText(priced)}\n`);
      const late = limitText(sweep, priced);
      if (late !== undefined) cli.print(`${late}\n`);
    }
    cli.note(`${file}: ${problemCount(problems)}\n`);
  }
  return problems.some(({ severity }) => severity === 'error') ? 2 : 0;
}

/** What will run, cell by cell. */
const planJson = ({ seeds }: Sweep, { cells, tuningRuns }: SweepPlan) => ({
  seeds,
  cells: cells.map(({ experiment, arm, grid, points }) => ({
    experiment: experiment.file,
    arm: arm.name,
    grid,
    points,
  })),
  tuningRuns,
});
