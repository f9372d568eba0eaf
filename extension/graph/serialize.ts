import { outputsOf, topological } from './node.ts';
import { type AnyOp, applyDefinition } from './op.ts';
import { ops } from './ops.ts';
import type { AnyNode, Graph, Value } from './value.ts';

/** Version of the form below; a reader refuses any other. */
const graphJsonVersion = 1;

/** A graph as JSON: nodes in order, each after its inputs. */
export interface GraphJson {
  readonly version: number;
  readonly nodes: readonly NodeJson[];
  /** Name → [node, output]. */
  readonly outputs: Readonly<Record<string, OutputJson>>;
}

interface NodeJson {
  readonly op: string;
  /** [node, output] of each input; null for an absent one. */
  readonly inputs: readonly (OutputJson | null)[];
  /** Infinity (the end of a slice) is written as null. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Index of a node, and which of its outputs. */
type OutputJson = readonly [node: number, output: number];

/** Writes a graph as plain data that `JSON.stringify` keeps whole. */
export function serializeGraph(graph: Graph): GraphJson {
  const order = topological(Object.values(graph.outputs));
  const index = new Map<AnyNode, number>(order.map((node, i) => [node, i]));
  const reference = (value: Value): OutputJson => [index.get(value.node)!, value.index];
  const nodes = order.map(({ op, inputs, attributes }: AnyNode) => ({
    op,
    inputs: Object.values(inputs).map((input) => (input ? reference(input) : null)),
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, value === Number.POSITIVE_INFINITY ? null : value]),
    ),
  }));
  const outputs = Object.entries(graph.outputs).map(([name, value]) => [name, reference(value)] as const);
  return { version: graphJsonVersion, nodes, outputs: Object.fromEntries(outputs) };
}

/**
 * Reads what `serializeGraph` wrote; every node's types and shapes are checked anew.
 * @throws TypeError when the version, an op or a reference is unknown, or a node breaks its op's rule.
 */
export function deserializeGraph(json: GraphJson): Graph {
  if (json.version !== graphJsonVersion) {
    throw new TypeError(`graph: the version must be ${graphJsonVersion}, got ${json.version}; write the graph again`);
  }
  const outputs: (readonly Value[])[] = [];
  const resolve = ([node, output]: OutputJson): Value => {
    const value = outputs[node]?.[output];
    if (!value)
      throw new TypeError(`graph: no earlier node has the output [${node}, ${output}]; write the graph again`);
    return value;
  };
  const definitions = new Map<string, AnyOp>(Object.entries(ops));
  for (const { op, inputs, attributes } of json.nodes) {
    const definition = definitions.get(op);
    if (!definition) throw new TypeError(`graph: there is no op ${op}; write the graph with this version`);
    const restored = Object.entries(attributes).map(([name, value]) => [name, value ?? Number.POSITIVE_INFINITY]);
    const given = Object.keys(definition.inputs).map((name, i) => [name, inputs[i] ? resolve(inputs[i]) : undefined]);
    const node = applyDefinition(op, definition, Object.fromEntries(given), Object.fromEntries(restored));
    outputs.push(outputsOf(node));
  }
  return { outputs: Object.fromEntries(Object.entries(json.outputs).map(([name, at]) => [name, resolve(at)])) };
}
