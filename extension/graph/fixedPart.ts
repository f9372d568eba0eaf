import { inputsOf, type Node, nodeOf, outputsOf, topological } from './node.ts';
import { applyDefinition } from './op.ts';
import { input, ops } from './ops.ts';
import { printGraph } from './print.ts';
import type { Graph, Value } from './value.ts';

/** A graph cut in two at the values that cannot change while it is trained. */
export interface FixedPart {
  /** Computes them from the row's own inputs; its outputs are those inputs of `rest` that the graph did not have. */
  readonly fixed: Graph;
  /** The graph with its outputs, from there on. */
  readonly rest: Graph;
  /** Weights of linears below the cut ÷ those of all linears: about the share of the forward pass that is saved. */
  readonly share: number;
}

const fixedName = (index: number): string => `fixed ${index}`;

/**
 * Cuts a graph where training begins to matter. A value is fixed when it depends on `rowInputs` and frozen parameters
 * alone, so on no trainable one, no dropout, no label. Kept are the last fixed values on every way to the outputs, as
 * far as they are f32[B,…] or f32[B,S,…] with otherwise fixed sizes, so that a row's part of them can be stored by
 * itself, and depend on a parameter: what needs none is cheaper to compute again.
 * @returns undefined when nothing can be kept
 */
export function fixedPart(graph: Graph, rowInputs: ReadonlySet<string>): FixedPart | undefined {
  const roots = Object.values(graph.outputs);
  const order = topological(roots);
  const { fixed, weighty } = fixedNodes(order, rowInputs);
  const isCut = (value: Value) => fixed.has(nodeOf(value)) && weighty.has(nodeOf(value)) && keepsByRow(value);

  const above = nodesAbove(roots, isCut);
  const cut = new Map<Value, Value>();
  const renewed = new Map<Value, Value>();
  const replaced = (value: Value): Value => {
    if (!isCut(value)) return renewed.get(value) ?? value;
    const known = cut.get(value) ?? input(fixedName(cut.size), value.dtype, value.shape);
    cut.set(value, known);
    return known;
  };
  for (const node of order) {
    if (!above.has(node)) continue;
    if (inputsOf(node).every((given) => given === replaced(given))) continue;
    const inputs = Object.entries<Value | undefined>(node.inputs).map(([name, given]) => [
      name,
      given && replaced(given),
    ]);
    const again = outputsOf(applyDefinition(node.op, ops[node.op], Object.fromEntries(inputs), node.attributes));
    for (const output of outputsOf(node)) renewed.set(output, again[output.index]!);
  }
  const rest = { outputs: Object.fromEntries(Object.entries(graph.outputs).map(([name, y]) => [name, replaced(y)])) };
  if (cut.size === 0) return undefined;
  const below = { outputs: Object.fromEntries([...cut.keys()].map((value, i) => [fixedName(i), value])) };
  return { fixed: below, rest, share: linearWeights(topological([...cut.keys()])) / linearWeights(order) };
}

/** Whether two cuts keep the very same values, so that either's fixed part serves both. */
export const sameFixed = (a: FixedPart, b: FixedPart): boolean => printGraph(a.fixed) === printGraph(b.fixed);

/** Nodes that depend on nothing that changes, and those of them or others that read a parameter. */
function fixedNodes(order: readonly Node[], rowInputs: ReadonlySet<string>) {
  const fixed = new Set<Node>();
  const weighty = new Set<Node>();
  for (const node of order) {
    const inputs = inputsOf(node).map(nodeOf);
    if (node.op === 'parameter' || inputs.some((given) => weighty.has(given))) weighty.add(node);
    const isFixed =
      node.op === 'input'
        ? rowInputs.has(node.attributes.name)
        : node.op === 'parameter'
          ? !node.attributes.trainable
          : inputs.every((given) => fixed.has(given));
    if (isFixed) fixed.add(node);
  }
  return { fixed, weighty };
}

/** Nodes between the outputs and the cut. */
function nodesAbove(roots: readonly Value[], isCut: (value: Value) => boolean): Set<Node> {
  const above = new Set<Node>();
  const waiting = roots.filter((root) => !isCut(root)).map(nodeOf);
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (above.has(node)) continue;
    above.add(node);
    for (const given of inputsOf(node)) if (!isCut(given)) waiting.push(nodeOf(given));
  }
  return above;
}

/** Whether each row's part of a value is a block of its own whose only unknown size is the row's length. */
function keepsByRow({ dtype, shape }: Value): boolean {
  const [batch, ...others] = shape;
  const unknown = others.filter((dim) => typeof dim !== 'number');
  return dtype === 'f32' && batch === 'B' && (unknown.length === 0 || (unknown.length === 1 && others[0] === 'S'));
}

function linearWeights(nodes: readonly Node[]): number {
  let sum = 0;
  for (const node of nodes) {
    if (node.op === 'linear') sum += (node.inputs.weight.shape as readonly number[]).reduce((n, dim) => n * dim, 1);
  }
  return sum;
}
