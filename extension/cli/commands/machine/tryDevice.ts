import type { Command } from 'commander';
import type { Cli } from '../../cli.ts';

/** Tries a device for a run; started by a worker. */
export function registerTryDevice(program: Command, cli: Cli): void {
  program.command('try-device', { hidden: true }).action(
    cli.action(async () => {
      await (await cli.loadOperations()).serveTrials();
      // An engine's threads must not keep the process.
      process.exit(0);
    }),
  );
}
