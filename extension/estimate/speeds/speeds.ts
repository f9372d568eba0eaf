import * as z from 'zod';
import type { GraphWork } from '../work/graphWork.ts';

const seconds = z.number().nonnegative();

/** How long a machine takes for what graphs are made of, measured once. */
export const machineSpeeds = z.object({
  /** For a floating-point operation of a product in f32. */
  product: seconds,
  /** For one of a product in bytes. */
  int8Product: seconds,
  /** For a number read or written. */
  move: seconds,
  /** For starting a kernel. */
  kernel: seconds,
  /** For a tuned number in a step: its gradient leaves the engine, is measured and clipped, and moves the number. */
  tune: seconds,
  /** For a number of a frozen weight that is laid out for the processor. */
  layOut: seconds,
  /** For a number of a frozen weight that becomes a byte. */
  quantize: seconds,
  /** For opening a session, however small. */
  open: seconds,
  /** For a process to load the program and its engine. */
  process: seconds,
});
export type MachineSpeeds = z.infer<typeof machineSpeeds>;

/** Those that steps of known work tell. */
export type FittedSpeeds = Pick<MachineSpeeds, 'product' | 'int8Product' | 'move' | 'kernel' | 'tune'>;

/** A step's work. */
export interface StepWork extends GraphWork {
  /** Numbers that the optimizer moves; 0 where there is no optimizer step. */
  readonly tuned: number;
}

/** Seconds that work takes: Σ work · speed. Attention's small products run as the others do. */
export const workSeconds = (work: StepWork, speeds: FittedSpeeds): number =>
  (work.products + work.batched) * speeds.product +
  work.int8Products * speeds.int8Product +
  work.moved * speeds.move +
  work.kernels * speeds.kernel +
  work.tuned * speeds.tune;
