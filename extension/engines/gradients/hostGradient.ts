import type { Optimizer, Slots, Update } from '../optimizers/optimizer.ts';

/** A trainable tensor's values, and what its optimizer keeps for it. */
export interface Tuned {
  readonly values: Float32Array;
  readonly slots: Slots;
}

/** The gradient of one tensor in an optimizer step, in this process's memory. */
export interface HostGradient {
  /** Takes what the engine has handed over of one of the step's micro-batches, counted from 0. */
  take(microBatch: number, microBatches: number): void;
  /** All numbers of it that may be other than zero. */
  parts(): Iterable<Float32Array>;
  /** A copy, shaped as the tensor. */
  whole(): Float32Array;
  /** One update of the tensor in place. */
  apply(optimizer: Optimizer, tuned: Tuned, update: Update): void;
  /** Learns that the tensor's slots were written over. */
  restored(slots: Slots): void;
}
