import type { Command } from 'commander';
import type { Cli } from '../../cli.ts';

/** Measures this machine for `estimate`, which starts it. */
export function registerCalibrate(program: Command, cli: Cli): void {
  program
    .command('calibrate', { hidden: true })
    .requiredOption('--threads <number>', 'threads of the engine', Number)
    .action(
      cli.action(async ({ threads }: { readonly threads: number }) => {
        await (await cli.loadOperations()).calibrate(threads, (line) => cli.print(`${JSON.stringify(line)}\n`));
        return 0;
      }),
    );
}
