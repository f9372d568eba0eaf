import type { Command } from 'commander';
import { runWorker } from '../../../supervisor/worker.ts';
import type { Cli } from '../../cli.ts';

/** The training process itself; started by a supervisor. */
export function registerWorker(program: Command, cli: Cli): void {
  program.command('worker', { hidden: true }).action(
    cli.action(async () => {
      // An engine's threads, or a child that hangs, must not keep a worker that is done.
      process.exit(await runWorker(async () => await (await cli.loadOperations()).openWork()));
    }),
  );
}
