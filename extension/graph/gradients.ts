import { sameShape } from './dims.ts';
import { type Node, nodeOf, outputsOf, topological } from './node.ts';
import type { AnyOp } from './op.ts';
import { add, constant, ops, sumLike } from './ops.ts';
import { type AnyNode, typeText, type Value } from './value.ts';

/**
 * Gradients of a scalar loss f32[] with respect to values, each shaped as its value, in reverse mode.
 *
 * Only nodes from which some `wrt` value can be reached are visited, and rules are told which inputs matter: nothing
 * is computed toward frozen weights or below the lowest wanted value. This function alone sums over broadcast axes
 * and adds up the gradients of a value that is used more than once.
 * @throws TypeError when the loss is not f32[], when a wanted value does not influence the loss, or when the way to
 * one leads through an op or an output without a gradient.
 */
export function gradients(loss: Value, wrt: readonly Value[]): Value[] {
  if (loss.dtype !== 'f32' || loss.shape.length > 0) {
    throw new TypeError(`gradients: the loss must be f32[], got ${typeText(loss)}; sum it first`);
  }
  const order = topological([loss]);
  const wanted = new Set(wrt);
  const reaching = reachingNodes(order, wanted);
  const found = new Map<Value, Value>([[loss, constant(1)]]);

  for (const node of order.reverse()) {
    if (!reaching.has(node)) continue;
    const stray = outputsOf(node).find((output) => output.index > 0 && found.has(output));
    if (stray) {
      throw new TypeError(
        `gradients: output ${stray.index} of ${node.op} has no gradient; use its first output in the loss`,
      );
    }
    const dy = found.get(node.outputs.y);
    if (!dy) continue;
    const needs = (input: Value | undefined) =>
      input !== undefined && (wanted.has(input) || reaching.has(nodeOf(input)));
    for (const [input, gradient] of inputGradients(node, dy, needs, wrt)) {
      const fitted = sameShape(gradient.shape, input.shape) ? gradient : sumLike(gradient, input);
      const before = found.get(input);
      found.set(input, before ? add(before, fitted) : fitted);
    }
  }

  return wrt.map((value) => {
    const gradient = found.get(value);
    if (gradient) return gradient;
    throw new TypeError(`gradients: ${named([value])} does not influence the loss; do not ask for its gradient`);
  });
}

/** Applies a node's rule: the gradients of those inputs whose gradient is needed. */
function inputGradients(
  node: Node,
  dy: Value,
  needs: (input: Value | undefined) => boolean,
  wrt: readonly Value[],
): (readonly [input: Value, gradient: Value])[] {
  const { gradient }: AnyOp = ops[node.op];
  if ('none' in gradient) {
    throw new TypeError(
      `gradients: no gradient flows through ${node.op}: ${gradient.none}; do not use it between ${named(wrt)} and the loss`,
    );
  }
  const inputs: Readonly<Record<string, Value | undefined>> = node.inputs;
  const { attributes, outputs } = node;
  const context = { attributes, outputs, dy, needs: (name: string) => needs(inputs[name]) };
  const found = gradient(inputs as never, context as never);
  return Object.entries(inputs).flatMap(([name, input]) => {
    const made = found[name];
    return made && input && needs(input) ? [[input, made] as const] : [];
  });
}

/** Nodes with an input that is a wanted value or depends on one. */
function reachingNodes(order: readonly Node[], wanted: ReadonlySet<Value>): Set<Node> {
  const reaching = new Set<Node>();
  for (const node of order) {
    const { lendsShape }: AnyOp = ops[node.op];
    const { [lendsShape ?? '']: _, ...read } = node.inputs as AnyNode['inputs'];
    const isReached = (input: Value | undefined) => input && (wanted.has(input) || reaching.has(nodeOf(input)));
    if (Object.values(read).some(isReached)) reaching.add(node);
  }
  return reaching;
}

function named(values: readonly Value[]): string {
  return values
    .map(({ node }) => ('name' in node.attributes ? node.attributes.name : `a result of ${node.op}`))
    .join(', ');
}
