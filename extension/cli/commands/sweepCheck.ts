import type { Command } from 'commander';
import type { SweepPlan } from '../../experiments/plan/planSweep.ts';
import type { Sweep } from '../../experiments/plan/sweep.ts';
import type { Cli } from '../cli.ts';
import { problemCount, problemLines } from '../problems.ts';

/** `sweep check` in its group. */
export function registerSweepCheck(sweep: Command, cli: Cli): void {
  sweep
    .command('check <file>')
    .summary('tell every problem of a sweep and count its runs')
    .description(
      'Checks a *.sweep.yaml file and the config of every run that it makes, and counts the runs; starts nothing. Exit code 2 if any problem is an error.',
    )
    .option('--json', 'one object: {"runs", "problems", "cells", "tuningRuns"}')
    .option('--runs <dir>', 'accepted as by every command')
    .action(cli.action((file: string, options: { readonly json?: boolean }) => check(cli, file, options)));
}

async function check(cli: Cli, file: string, { json }: { readonly json?: boolean }): Promise<number> {
  const { problems, sweep, plan } = await (await cli.loadOperations()).checkSweep(file);
  const { runCount, runCountText } = await import('../../experiments/plan/runCount.ts');
  const { halvingText } = await import('../../experiments/plan/halvingText.ts');
  const runs = sweep === undefined ? null : runCount(sweep);
  if (json) cli.print(`${JSON.stringify({ runs, problems, ...(sweep && plan && planJson(sweep, plan)) })}\n`);
  else {
    cli.print(problemLines(problems));
    if (sweep !== undefined) cli.print(`${runCountText(sweep)}\n`);
    const halvings = sweep && plan ? plan.cells.flatMap((cell) => halvingText(sweep, cell) ?? []) : [];
    for (const text of new Set(halvings)) cli.print(`${text}\n`);
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
