import type { Value } from '../graph/value.ts';

/** The kind of numbers that a tensor holds. */
export type Role = 'table' | 'weight' | 'bias' | 'gain';

/** A tensor of a part, named below the part's own path: `weight`. */
interface PartTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly role: Role;
}

/** Gives a part's tensor as a value of the graph, by its name below the part's path. */
type PartTensors = (name: string) => Value;

/** A layer: the tensors that it needs, and what it computes with them. It knows no path, no model and no method. */
export interface Part {
  readonly tensors: readonly PartTensor[];
  forward(tensor: PartTensors, x: Value): Value;
}
