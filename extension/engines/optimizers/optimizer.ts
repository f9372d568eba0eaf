/** Settings of one update of one tensor. */
export interface Update {
  /** Number of this update, from 1. */
  readonly step: number;
  /** Schedule included. */
  readonly learningRate: number;
  readonly weightDecay: number;
  /** The gradient is multiplied by this first (clipping). */
  readonly gradientFactor: number;
}

/** What an optimizer keeps for one tensor: f32 arrays of the tensor's length, by the name of the slot. */
export type Slots = Readonly<Record<string, Float32Array>>;

/** An optimizer as a value. An engine calls it for each tensor, or computes the same itself. */
export interface Optimizer {
  /** Engines know by it what they can compute themselves. */
  readonly name: string;
  readonly settings: Readonly<Record<string, number>>;
  /** Slots of a tensor with `length` elements before its first update, in arrays that `zeros` gives. */
  init(length: number, zeros?: (length: number) => Float32Array): Slots;
  /** One update of a tensor's values and slots, in place. */
  update(values: Float32Array, gradient: Float32Array, slots: Slots, update: Update): void;
  /** The same, to the bit, where there is no gradient and the slots are as `init` makes them: values alone change. */
  rest(values: Float32Array, update: Update): void;
}

/** Names of an optimizer's slots. */
export const slotNames = ({ init }: Optimizer): readonly string[] => Object.keys(init(0));
