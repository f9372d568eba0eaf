import * as z from 'zod';
import { endEvent } from '../contract/journal.ts';

/**
 * What supervisor and worker say to each other beside the run folder. `go`: the worker is on record and may begin.
 * `stop`: for when `control.json` cannot be written.
 */
export const toWorker = z.enum(['go', 'stop']);
export type ToWorker = z.infer<typeof toWorker>;

/** The worker's own word on its end, for when the journal could not take it (disk full, folder deleted). */
export const fromWorker = z.object({ end: endEvent });
export type FromWorker = z.infer<typeof fromWorker>;
