import { UserError } from '../problems/userError.ts';
import { runningTrainer } from '../processes/trainerCommand.ts';
import { startQueued } from '../runs/control/queue.ts';
import { keepQueueLimit, queueLimit } from '../runs/control/queueLimit.ts';
import type { RunStore } from '../runs/folder/store.ts';
import { runLimit } from './cli.ts';

/** Of commands that train at once, or as soon as there is room. */
export interface QueueOptions {
  readonly queue?: boolean;
  readonly limit?: number;
}

export const queueOption = ['--queue', 'put it into the queue and return; runs start in the background'] as const;
export const limitOption = [
  '--limit <number>',
  'with --queue: how many runs may run at once, kept with the queue (1 at first)',
  runLimit,
] as const;

/** @throws UserError for a limit of no queue */
export function demandQueue({ queue, limit }: QueueOptions): void {
  if (limit !== undefined && !queue)
    throw new UserError('--limit: needs --queue; add it, or set the limit with peft-lab queue --limit', 'usage');
}

/** Starts what waits as far as there is room, by the limit that was given or kept. @returns the exit code */
export async function startWaiting(store: RunStore, { limit }: QueueOptions): Promise<number> {
  if (limit !== undefined) keepQueueLimit(store.folder, limit);
  await startQueued(store, runningTrainer(), queueLimit(store.folder));
  return 0;
}
