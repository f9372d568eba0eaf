import path from 'node:path';
import type { Command } from 'commander';
import { keepsWithinLimit } from '../../../runs/control/queue.ts';
import { claimUnlessTaken } from '../../../runs/folder/claim.ts';
import { RunStore } from '../../../runs/folder/store.ts';
import { currentProcess } from '../../../runs/process/process.ts';
import { exitCodeOf } from '../../../supervisor/ending.ts';
import { type Cli, runLimit } from '../../cli.ts';
import { describeEnd, leaveRoom, runOne } from '../../runOne.ts';
import { judgeAgain } from '../../sweeps/judgeAgain.ts';

/** Runs one queued run; started in the background by whoever finds room in the queue. */
export function registerSupervise(program: Command, cli: Cli): void {
  program
    .command('supervise <folder>', { hidden: true })
    .requiredOption('--limit <number>', 'how many runs may run at once', runLimit)
    .action(
      cli.action(async (name: string, { limit }: { readonly limit: number }) => {
        const folder = path.resolve(name);
        const store = new RunStore(path.dirname(folder));
        const { state, record } = await store.read(folder);
        // Someone else was quicker, or it was taken out of the queue: nothing is wrong, nor for the run's log.
        if (state !== 'queued') return 0;
        const self = await currentProcess();
        const claim = await claimUnlessTaken(folder, self);
        if (claim === undefined) return 0;
        if (!(await keepsWithinLimit(store, folder, claim, self, limit))) {
          // The run that was in the way may have ended, and looked at the queue, while this one was still claimed.
          await leaveRoom(cli, store);
          return 0;
        }
        const end = await runOne(cli, folder, self, { json: false, title: record.methods });
        cli.note(describeEnd(folder, end));
        await leaveRoom(cli, store, end);
        await judgeAgain(cli, store, record);
        return exitCodeOf(end.state);
      }),
    );
}
