import { frozenProduct, leavesLogits } from '../../graph/frozenProduct.ts';
import { isCausal } from '../../graph/isCausal.ts';
import { inputsOf, type Node, topological } from '../../graph/node.ts';
import type { OpName } from '../../graph/ops.ts';
import type { AnyNode, Graph, Value } from '../../graph/value.ts';
import type { OutlierChannels } from '../engine.ts';
import { OnnxBuilder } from './lowering/builder.ts';
import { cpuLowerings } from './lowering/cpu.ts';
import { type Channels, type Int8Rows, int8Rows } from './lowering/int8Product.ts';
import type { Lowering, LoweringTable } from './lowering/lowering.ts';
import type { Int8Weights, Placed } from './weights/int8Weights.ts';
import type { Placements } from './weights/weights.ts';

/** A graph as one ONNX model, and what must be passed at every run. */
export interface OnnxModel {
  readonly bytes: Uint8Array;
  /** The graph's own inputs. */
  readonly inputs: readonly Node<'input'>[];
  /** Parameters that are passed at every run: trainable ones, and frozen ones that are `fed`. */
  readonly fedParameters: readonly string[];
}

/** Name of the input that a rate's pool of random bits is passed as. */
export const dropoutPoolName = (rate: number): string => `dropout pool ${rate}`;

interface LoweringOptions {
  /** How each op is written, for the provider that is to compute it. */
  readonly table?: LoweringTable;
  /** Frozen weights that are multiplied by in bytes. */
  readonly int8?: Int8Weights;
  /** What is multiplied in f32 all the same. */
  readonly outliers?: OutlierChannels | undefined;
}

/**
 * Lowers a graph to ONNX. Trainable parameters become inputs, frozen ones come from where `placements` puts them, or
 * where they are multiplied by, from `int8` if it has them.
 * @throws Error naming a frozen parameter that has no values, or values of another shape.
 */
export function lowerGraph(
  graph: Graph,
  placements: Placements,
  { table = cpuLowerings, int8, outliers }: LoweringOptions = {},
): OnnxModel {
  const builder = new OnnxBuilder();
  const order = topological(Object.values(graph.outputs));
  const int8Of = (node: Node) => {
    const product = outliers && leavesLogits(node) ? undefined : frozenProduct(node);
    const matrix = product && int8?.[product.direction].get(product.name);
    if (!matrix) return undefined;
    const columns = product.direction === 'forward' ? int8?.columns.get(product.name) : undefined;
    const channels = columns && { numbers: outliers![product.name]!, of: matrix.shape[0] };
    return { ...product, matrix, outliers: channels && { channels, columns } };
  };
  const used = new Set<Value>(Object.values(graph.outputs));
  for (const node of order) {
    // A weight that is only multiplied by in bytes is left out of the model.
    const bytes = int8Of(node);
    for (const input of inputsOf(node)) if (input !== bytes?.weight) used.add(input);
  }
  for (const node of order) if (node.op === 'headLoss' && used.has(node.outputs.dx)) used.add(node.inputs.weight);

  const inputs: Node<'input'>[] = [];
  const fed = new Set<string>();
  const feed = (name: string, shape: readonly number[]) => {
    fed.add(name);
    return builder.input(name, 'f32', shape);
  };
  const parameter = ({ attributes: { name, shape, trainable } }: Node<'parameter'>) => {
    if (trainable) return feed(name, shape);
    const placement = placements.byName.get(name);
    if (!placement || placement.shape.join() !== shape.join()) {
      const got = placement ? `f32[${placement.shape.join()}]` : 'none';
      throw new Error(
        `${name}: the graph needs frozen values f32[${shape.join()}], got ${got}; add them to the program`,
      );
    }
    if (placement.kind === 'fed') return feed(name, shape);
    if (placement.kind === 'embedded') return builder.embedded(name, 'f32', shape, placement.data);
    return builder.external(name, 'f32', shape, placement);
  };
  const placed = (
    name: string,
    dtype: 'f32' | 'i8' | 'u8',
    shape: readonly number[],
    place: Placed<Float32Array | Int8Array | Uint8Array>,
  ) =>
    place.kind === 'embedded'
      ? builder.embedded(name, dtype, shape, place.data)
      : builder.external(name, dtype, shape, place);
  const dropoutPool = (rate: number) => builder.input(dropoutPoolName(rate), 'bool', ['P']);

  const made = new Map<string, string>();
  const shared = (key: string, make: () => string) => {
    const name = made.get(key) ?? make();
    made.set(key, name);
    return name;
  };
  const rows = new Map<string, Int8Rows>();
  const int8RowsOf = (x: string, without: Channels | undefined) => {
    const key = `${x} without ${without?.numbers.join()}`;
    const made = rows.get(key) ?? int8Rows(builder, x, without);
    rows.set(key, made);
    return made;
  };

  // Sizes let the engine rewrite more, which changes last bits: encoders, whose sizes it finds out, keep theirs.
  const isDecoder = isCausal(graph);
  const names = new Map<Value, string>();
  for (const node of order) {
    if (node.op === 'parameter' && !used.has(node.outputs.y)) continue;
    if (node.op === 'input') inputs.push(node);
    const outputs: AnyNode['outputs'] = node.outputs;
    const inputNames = Object.entries<Value | undefined>(node.inputs).map(
      ([name, input]) => [name, input && names.get(input)] as const,
    );
    const lower = table[node.op] as Lowering<OpName>;
    const results = lower({
      node,
      builder,
      inputs: Object.fromEntries(inputNames) as never,
      used: (name) => outputs[name] !== undefined && used.has(outputs[name]),
      dropoutPool,
      parameter,
      int8Weight: () => {
        const found = int8Of(node);
        if (!found) return undefined;
        const { name, direction, matrix, outliers } = found;
        return {
          dtype: matrix.dtype,
          values: placed(`${name} ${matrix.dtype} ${direction}`, matrix.dtype, matrix.shape, matrix.values),
          scales: placed(`${name} scales ${direction}`, 'f32', [matrix.shape[1]], matrix.scales),
          outliers: outliers && {
            channels: outliers.channels,
            columns: placed(
              `${name} columns`,
              'f32',
              [matrix.shape[1], outliers.channels.numbers.length],
              outliers.columns,
            ),
          },
        };
      },
      int8Rows: int8RowsOf,
      shared,
    });
    const named: Readonly<Record<string, string | undefined>> = typeof results === 'string' ? { y: results } : results;
    for (const [output, name] of Object.entries(named)) {
      const value = outputs[output];
      if (!value || name === undefined) continue;
      names.set(value, name);
      if (isDecoder) builder.describe(name, value.dtype, value.shape);
    }
  }
  for (const [name, value] of Object.entries(graph.outputs)) {
    builder.output(name, names.get(value)!, value.dtype, value.shape);
  }
  return { bytes: builder.finish(), inputs, fedParameters: [...fed] };
}
