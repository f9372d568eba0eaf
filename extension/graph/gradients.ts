import { sameShape } from './dims.ts';
import { type GradientRule, gradientRules } from './gradientRules.ts';
import { add, constant, type OpName, sumLike } from './ops.ts';
import { type Node, topological, typeText, type Value } from './value.ts';

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
  const reaches = (value: Value) => wanted.has(value) || reaching.has(value.node);
  const found = new Map<Value, Value>([[loss, constant(1)]]);

  for (const node of order.reverse()) {
    const y = node.outputs[0]!;
    const stray = node.outputs.findIndex((output, i) => i > 0 && found.has(output));
    if (stray > 0 && reaching.has(node)) {
      throw new TypeError(`gradients: output ${stray} of ${node.op} has no gradient; use its first output in the loss`);
    }
    const dy = found.get(y);
    if (!dy || !reaching.has(node)) continue;
    const rule = gradientRules[node.op] as GradientRule<OpName>;
    if ('none' in rule) {
      throw new TypeError(
        `gradients: ${node.op} has no gradient: ${rule.none}; keep it out of the way to ${named(wrt)}`,
      );
    }
    const needs = (i: number) => node.inputs[i] !== undefined && reaches(node.inputs[i]);
    const inputs = node.inputs as readonly Value[];
    rule({ node, inputs, y, dy, needs }).forEach((gradient, i) => {
      const input = node.inputs[i];
      if (!gradient || !input || !needs(i)) return;
      const fitted = sameShape(gradient.shape, input.shape) ? gradient : sumLike(gradient, input);
      const before = found.get(input);
      found.set(input, before ? add(before, fitted) : fitted);
    });
  }

  return wrt.map((value) => {
    const gradient = found.get(value);
    if (gradient) return gradient;
    throw new TypeError(`gradients: ${named([value])} does not influence the loss; do not ask for its gradient`);
  });
}

/** Nodes with an input that is a wanted value or depends on one. */
function reachingNodes(order: readonly Node[], wanted: ReadonlySet<Value>): Set<Node> {
  const reaching = new Set<Node>();
  for (const node of order) {
    if (node.inputs.some((input) => input && (wanted.has(input) || reaching.has(input.node)))) reaching.add(node);
  }
  return reaching;
}

function named(values: readonly Value[]): string {
  return values
    .map(({ node }) => ('name' in node.attributes ? node.attributes.name : `a result of ${node.op}`))
    .join(', ');
}
