import type { Shape } from './dims.ts';

export type { Dim, Shape } from './dims.ts';

/** Element types that a graph knows. Trainable tensors and gradients are always `f32`. */
export type DType = 'f32' | 'i64' | 'bool';

/** One result of a node. A graph is simply what can be reached from its outputs. */
export interface Value {
  readonly node: AnyNode;
  /** Which of the node's outputs this is. */
  readonly index: number;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** One application of an op, whichever it is; `Node` tells them apart. Keys are in the order of the op's definition. */
export interface AnyNode {
  readonly op: string;
  readonly inputs: Readonly<Record<string, Value | undefined>>;
  readonly attributes: object;
  readonly outputs: Readonly<Record<string, Value | undefined>>;
}

/** What a session computes: named outputs, and through them every node. */
export interface Graph {
  readonly outputs: Readonly<Record<string, Value>>;
}

/** `f32[B,S,768]` */
export function typeText(value: Pick<Value, 'dtype' | 'shape'>): string {
  return `${value.dtype}[${value.shape.join(',')}]`;
}
