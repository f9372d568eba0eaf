import type { Command } from 'commander';
import { runningTrainer } from '../../../processes/trainerCommand.ts';
import { startQueued } from '../../../runs/control/queue.ts';
import { keepQueueLimit, queueLimit } from '../../../runs/control/queueLimit.ts';
import { defaultRunsFolder } from '../../../runs/folder/store.ts';
import { type Cli, type RunsOption, runLimit, runsOption, storeOf } from '../../cli.ts';
import { runsTable } from './runs.ts';

interface QueueOptions extends RunsOption {
  readonly start?: boolean;
  readonly limit?: number;
}

export function registerQueue(program: Command, cli: Cli): void {
  program
    .command('queue')
    .summary('list the waiting runs, or start them')
    .description(
      'Lists the waiting runs. The next one starts when one ends; after a crash or a restart, --start goes on.',
    )
    .option('--start', 'start the next ones, as far as there is room')
    .option('--limit <number>', 'how many runs of the queue may run at once, from now on', runLimit)
    .option(...runsOption)
    .action(
      cli.action(async ({ start = false, limit, ...options }: QueueOptions) => {
        const store = storeOf(options, defaultRunsFolder);
        const waiting = (await store.list()).runs.filter(({ state }) => state === 'queued');
        if (limit !== undefined) keepQueueLimit(store.folder, limit);
        if (waiting.length === 0) {
          cli.note(`no run waits in ${store.folder}\n`);
        } else if (start) {
          const started = await startQueued(store, runningTrainer(), queueLimit(store.folder));
          for (const { id } of started) cli.print(`${id}\n`);
          cli.note(`${started.length} started, ${waiting.length - started.length} wait\n`);
        } else {
          cli.print(runsTable(waiting));
        }
        return 0;
      }),
    );
}
