import type { Attributes, OpName } from './ops.ts';

/** Element types that a graph knows. Trainable tensors and gradients are always `f32`. */
export type DType = 'f32' | 'i64' | 'bool';

/**
 * One dimension: a fixed size, or a symbol known only when the graph runs (`'B'`, `'S'`), or a symbol plus a
 * constant (`'S+16'`, as a prefix of 16 makes it).
 */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** One result of a node. A graph is simply what can be reached from its outputs. */
export interface Value {
  readonly node: Node;
  /** Which of the node's outputs this is. */
  readonly index: number;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** One application of an op. An absent optional input is `undefined`. */
export interface Node<O extends OpName = OpName> {
  readonly op: O;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Attributes[O];
  readonly outputs: readonly Value[];
}

/** What a session computes: named outputs, and through them every node. */
export interface Graph {
  readonly outputs: Readonly<Record<string, Value>>;
}

/** `f32[B,S,768]` */
export function typeText(value: Pick<Value, 'dtype' | 'shape'>): string {
  return `${value.dtype}[${value.shape.join(',')}]`;
}

/**
 * Every node that the values depend on, each after its inputs; deterministic for a given graph.
 * Iterative, so that a deep model cannot overflow the stack.
 */
export function topological(roots: Iterable<Value>): Node[] {
  const order: Node[] = [];
  const state = new Set<Node>();
  const placed = new Set<Node>();
  const stack: Node[] = [...roots].map((root) => root.node).reverse();
  while (stack.length > 0) {
    const node = stack[stack.length - 1]!;
    if (placed.has(node)) {
      stack.pop();
    } else if (state.has(node)) {
      stack.pop();
      placed.add(node);
      order.push(node);
    } else {
      state.add(node);
      for (let i = node.inputs.length - 1; i >= 0; i--) {
        const input = node.inputs[i];
        if (input && !placed.has(input.node)) stack.push(input.node);
      }
    }
  }
  return order;
}
