import type { Command } from 'commander';
import { defaultRunsFolder } from '../../../runs/folder/store.ts';
import { type Cli, type RunsOption, runsOption, storeOf } from '../../cli.ts';

/** For the dashboard: `[{"step", "columns", "layers": [{"layer", "meanAbsoluteChange"}]}]`. */
export function registerDrift(program: Command, cli: Cli): void {
  program
    .command('drift <run>', { hidden: true })
    .description('How far the tuned tensors moved, by layer and site, checkpoint by checkpoint, as JSON.')
    .option(...runsOption)
    .action(
      cli.action(async (name: string, options: RunsOption) => {
        const folder = storeOf(options, defaultRunsFolder).resolve(name);
        const moved = await (await cli.loadOperations()).drift(folder);
        cli.print(`${JSON.stringify(moved)}\n`);
        return 0;
      }),
    );
}
