import type { Command } from 'commander';
import { defaultRunsFolder } from '../../../runs/folder/store.ts';
import { type Cli, type RunsOption, runsOption, storeOf } from '../../cli.ts';
import { openReport } from '../../output/progressView.ts';

/** For the dashboard: `[{"step", "columns", "layers": [{"layer", "meanAbsoluteChange"}]}]`. */
export function registerDrift(program: Command, cli: Cli): void {
  program
    .command('drift <run>', { hidden: true })
    .description('How far the tuned tensors moved, by layer and site, checkpoint by checkpoint, as JSON.')
    .option(...runsOption)
    .action(
      cli.action(async (name: string, options: RunsOption) => {
        const folder = storeOf(options, defaultRunsFolder).resolve(name);
        const operations = await cli.loadOperations();
        const progress = openReport(cli.stderr);
        const moved = await operations.drift(folder, progress.report).finally(() => progress.close());
        cli.print(`${JSON.stringify(moved)}\n`);
        return 0;
      }),
    );
}
