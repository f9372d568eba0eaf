import { inputsOf, type Node, nodeOf, outputsOf, topological } from './node.ts';
import { applyDefinition } from './op.ts';
import { input, ops } from './ops.ts';
import { printGraph } from './print.ts';
import { elements } from './tensor.ts';
import type { Graph, Value } from './value.ts';

/** A graph split at the values that stay constant while it trains. */
interface FrozenPrefix {
  /** Computes them from the row's own inputs; its outputs are the inputs of `rest` that the graph did not have. */
  readonly prefix: Graph;
  /** The graph with its outputs, from there on. */
  readonly rest: Graph;
  /** Weights of linears in the prefix ÷ those of all linears: about the share of the forward pass that is saved. */
  readonly share: number;
}

/** What belongs to a row: its inputs by name, and the symbols of the axes that count rows and a row's tokens. */
export interface RowInputs {
  readonly names: ReadonlySet<string>;
  readonly rowAxis: string;
  readonly tokenAxis: string;
}

const frontierName = (index: number): string => `frozen ${index}`;

/**
 * Splits a graph at the frontier between values that are constant during training and the rest. Constant is what depends
 * on rows and frozen parameters alone: on no trainable one, no dropout, no label. A value of the frontier must be split
 * by row, f32[B,…] or f32[B,S,…], so that each row's part can be stored by itself, and depend on a parameter: what needs
 * none is cheaper to compute again.
 * @returns undefined when nothing can be kept
 */
export function splitFrozenPrefix(graph: Graph, rows: RowInputs): FrozenPrefix | undefined {
  const roots = Object.values(graph.outputs);
  const order = topological(roots);
  const { constant, weighty } = constantNodes(order, rows.names);
  const isFrontier = (value: Value) =>
    constant.has(nodeOf(value)) && weighty.has(nodeOf(value)) && splitsByRow(value, rows);

  const above = nodesAbove(roots, isFrontier);
  const frontier = new Map<Value, Value>();
  const renewed = new Map<Value, Value>();
  const replaced = (value: Value): Value => {
    if (!isFrontier(value)) return renewed.get(value) ?? value;
    const known = frontier.get(value) ?? input(frontierName(frontier.size), value.dtype, value.shape);
    frontier.set(value, known);
    return known;
  };
  for (const node of order) {
    if (!above.has(node) || inputsOf(node).every((given) => given === replaced(given))) continue;
    const inputs = Object.entries<Value | undefined>(node.inputs).map(
      ([name, given]) => [name, given && replaced(given)] as const,
    );
    const again = outputsOf(applyDefinition(node.op, ops[node.op], Object.fromEntries(inputs), node.attributes));
    for (const output of outputsOf(node)) renewed.set(output, again[output.index]!);
  }
  const rest = { outputs: Object.fromEntries(Object.entries(graph.outputs).map(([name, y]) => [name, replaced(y)])) };
  if (frontier.size === 0) return undefined;
  const prefix = {
    outputs: Object.fromEntries([...frontier.keys()].map((value, i) => [frontierName(i), value])),
  };
  return { prefix, rest, share: linearWeights(topological([...frontier.keys()])) / linearWeights(order) };
}

/** Whether two prefixes compute the very same values, so that either serves both. */
export const samePrefix = (a: FrozenPrefix, b: FrozenPrefix): boolean => printGraph(a.prefix) === printGraph(b.prefix);

/** Nodes that depend on nothing that changes, and nodes that depend on a parameter. */
function constantNodes(order: readonly Node[], rowInputs: ReadonlySet<string>) {
  const constant = new Set<Node>();
  const weighty = new Set<Node>();
  for (const node of order) {
    const inputs = inputsOf(node).map(nodeOf);
    if (node.op === 'parameter' || inputs.some((given) => weighty.has(given))) weighty.add(node);
    const isConstant =
      node.op === 'input'
        ? rowInputs.has(node.attributes.name)
        : node.op === 'parameter'
          ? !node.attributes.trainable
          : inputs.every((given) => constant.has(given));
    if (isConstant) constant.add(node);
  }
  return { constant, weighty };
}

/** Nodes between the outputs and the frontier. */
function nodesAbove(roots: readonly Value[], isFrontier: (value: Value) => boolean): Set<Node> {
  const above = new Set<Node>();
  const waiting = roots.filter((root) => !isFrontier(root)).map(nodeOf);
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (above.has(node)) continue;
    above.add(node);
    for (const given of inputsOf(node)) if (!isFrontier(given)) waiting.push(nodeOf(given));
  }
  return above;
}

/** Whether each row's part of a value is a block of its own whose only unknown size is the row's length. */
function splitsByRow({ dtype, shape }: Value, { rowAxis, tokenAxis }: RowInputs): boolean {
  const [rows, ...others] = shape;
  const fixed = others[0] === tokenAxis ? others.slice(1) : others;
  return dtype === 'f32' && rows === rowAxis && fixed.every((dim) => typeof dim === 'number');
}

function linearWeights(nodes: readonly Node[]): number {
  let sum = 0;
  for (const node of nodes) {
    if (node.op === 'linear') sum += elements(node.inputs.weight.shape as readonly number[]);
  }
  return sum;
}
