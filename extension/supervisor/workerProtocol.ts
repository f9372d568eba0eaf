import * as z from 'zod';
import { budget } from '../contract/budget.ts';
import { endEvent } from '../contract/journal.ts';

/**
 * What a supervisor says to a worker beside the run folders. `go`: the worker is on record in that folder and may begin;
 * it stops once the budget `until` is used up, and its engine takes so many threads where the config leaves that open.
 * `stop`: for when `control.json` cannot be written. `close`: there is no further run.
 */
export const toWorker = z.union([
  z.object({ go: z.string(), until: budget.optional(), threads: z.int().min(1).optional() }),
  z.enum(['stop', 'close']),
]);
export type ToWorker = z.infer<typeof toWorker>;

/**
 * `end`: the worker's own word on a run's end, for when the journal could not take it (disk full, folder deleted).
 * `idle`: the run is finished and on record; the worker waits for another.
 */
export const fromWorker = z.union([z.object({ end: endEvent }), z.literal('idle')]);
export type FromWorker = z.infer<typeof fromWorker>;
