import type { AttributesOf, InputsOf, OutputsOf } from './op.ts';
import type { OpName, ops } from './ops.ts';
import type { AnyNode, Value } from './value.ts';

/** One application of an op, told apart by `op`: inputs, attributes and outputs are those of its definition. */
export type Node<O extends OpName = OpName> = {
  [K in O]: {
    readonly op: K;
    readonly inputs: InputsOf<(typeof ops)[K]>;
    readonly attributes: AttributesOf<(typeof ops)[K]>;
    readonly outputs: OutputsOf<(typeof ops)[K]>;
  };
}[O];

/** A value's node, as what it is. */
export const nodeOf = ({ node }: Value): Node => node as unknown as Node;

/** The inputs that a node has, in order. */
export const inputsOf = ({ inputs }: AnyNode | Node): readonly Value[] =>
  Object.values<Value | undefined>(inputs).filter((input) => input !== undefined);

/** The outputs that a node has, in order. */
export const outputsOf = ({ outputs }: AnyNode | Node): readonly Value[] =>
  Object.values<Value | undefined>(outputs).filter((output) => output !== undefined);

/**
 * Every node that the values depend on, each after its inputs; deterministic for a given graph.
 * Iterative, so that a deep model cannot overflow the stack.
 */
export function topological(roots: Iterable<Value>): Node[] {
  const order: Node[] = [];
  const entered = new Set<Node>();
  const finished = new Set<Node>();
  const stack = [...roots].map(nodeOf).reverse();
  for (let node = stack.at(-1); node; node = stack.at(-1)) {
    if (finished.has(node)) {
      stack.pop();
    } else if (entered.has(node)) {
      stack.pop();
      finished.add(node);
      order.push(node);
    } else {
      entered.add(node);
      for (const input of inputsOf(node).toReversed()) {
        if (!finished.has(nodeOf(input))) stack.push(nodeOf(input));
      }
    }
  }
  return order;
}
