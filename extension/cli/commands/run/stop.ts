import type { Command } from 'commander';
import { UserError } from '../../../problems/userError.ts';
import { stopDefaults, stopRun } from '../../../runs/control/stop.ts';
import { defaultRunsFolder } from '../../../runs/folder/store.ts';
import { type Cli, type RunsOption, runsOption, storeOf } from '../../cli.ts';

const stages = {
  asked: 'asked to stop after its step, checkpoint first',
  terminating: 'has not stopped in time; terminating it',
  killing: 'has not ended; killing it',
} as const;

export function registerStop(program: Command, cli: Cli): void {
  program
    .command('stop <run>')
    .summary('stop a run, checkpoint first')
    .description('Stops a run after its step with a checkpoint, or takes it out of the queue; waits for its end.')
    .option(
      '--grace <seconds>',
      'time for a checkpoint before the run is terminated',
      String(stopDefaults.graceMs / 1000),
    )
    .option(...runsOption)
    .action(
      cli.action(async (name: string, options: RunsOption & { readonly grace: string }) => {
        const graceSeconds = Number(options.grace);
        if (!(graceSeconds >= 0))
          throw new UserError(
            `--grace: must be a number of seconds from 0, got ${options.grace}; for example --grace 30`,
            'usage',
          );
        const store = storeOf(options, defaultRunsFolder);
        const folder = store.resolve(name);
        await stopRun(store, folder, {
          ...stopDefaults,
          graceMs: graceSeconds * 1000,
          onStage: (stage) => cli.note(`${stages[stage]}\n`),
        });
        const { id, state, summary } = await store.read(folder);
        cli.print(`${id}: ${state} at step ${summary.step}\n`);
        return 0;
      }),
    );
}
