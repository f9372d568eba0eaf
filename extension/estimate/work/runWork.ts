import type { BatchShapes } from '../../data/batches/batchShapes.ts';
import type { Graph } from '../../graph/value.ts';
import type { Timetable } from '../../training/loop/timetable.ts';
import type { Sizes } from './opWork.ts';

/** The work and memory of a planned run, from which its time follows. */
export interface RunWork {
  /** Forward and backward: the summed loss and every gradient. */
  readonly training: Graph;
  readonly evaluation: Graph;
  /** The frozen prefix, computed once and cached; undefined: nothing is. */
  readonly prefix: Graph | undefined;
  /** Whether frozen weights are multiplied in bytes. */
  readonly int8: boolean;
  /** Whether the training session lays its frozen weights out for the processor. */
  readonly prepacks: boolean;
  /** Numbers that training changes. */
  readonly tunedNumbers: number;
  /** Those of them that the optimizer moves in every step: all but rows of tables, of which a batch reads few. */
  readonly steppedNumbers: number;
  /** Numbers of all frozen tensors whose files hold another type than f32: they are widened into memory. */
  readonly widenedNumbers: number;
  /** The graph that reads training tokens for a prefix's first values, and how many tokens; absent: none. */
  readonly tokenStart?: { readonly graph: Graph; readonly tokens: number };
  /** The graph by whose gradients tensors are chosen, and of how many rows; absent: none are. */
  readonly selection?: { readonly graph: Graph; readonly rows: number };
  readonly trainingRows: number;
  readonly trainingBatches: BatchShapes;
  readonly validationBatches: BatchShapes | undefined;
  readonly testBatches: BatchShapes | undefined;
  readonly timetable: Timetable;
  readonly evaluatesOnStart: boolean;
  /** How many bytes of the prefix's values may be cached. */
  readonly cacheLimitBytes: number;
  /** Tokens of rows that are held in memory. */
  readonly heldTokens: number;
  /** Reading and tokenising all splits. */
  readonly readSeconds: number;
  /** Reading and tokenising a training row again in every epoch, where rows stay in their file; else 0. */
  readonly rowSeconds: number;
}

/** @param labelled rows that a batch picks, where its task does so */
export const sizesOf = (rows: number, length: number, labelled = 0): Sizes =>
  new Map([
    ['B', rows],
    ['S', length],
    ['M', labelled],
  ]);
