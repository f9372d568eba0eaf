import { frozenProduct } from '../../graph/frozenProduct.ts';
import { inputsOf, nodeOf, outputsOf, topological } from '../../graph/node.ts';
import type { Graph, Value } from '../../graph/value.ts';
import { opWork, type Sizes, sizeOf } from './opWork.ts';

/** The work of one run of a graph, in units that do not depend on the machine. */
export interface GraphWork {
  /** Floating-point operations of products with a matrix in f32. */
  readonly products: number;
  /** The same of products with a frozen matrix in bytes. */
  readonly int8Products: number;
  /** Floating-point operations of attention's products. */
  readonly batched: number;
  /** Numbers read and written. */
  readonly moved: number;
  readonly kernels: number;
}

/** Rows become bytes in four passes over the input, and the product is scaled in one over the result. */
const int8InputMoves = 7;
const int8OutputMoves = 2;

/** Sum of what a graph's nodes cost on a batch of these sizes. @param int8 whether frozen weights are multiplied in bytes */
export function graphWork(graph: Graph, sizes: Sizes, int8: boolean): GraphWork {
  let [products, int8Products, batched, moved, kernels] = [0, 0, 0, 0, 0];
  const inBytes = new Set<Value>();
  for (const node of topological(Object.values(graph.outputs))) {
    const work = opWork(node, sizes);
    batched += work.batched;
    moved += work.moved;
    kernels += work.kernels;
    if (!int8 || !frozenProduct(node)) {
      products += work.products;
      continue;
    }
    int8Products += work.products;
    moved += int8OutputMoves * sizeOf(node.outputs.y, sizes);
    kernels += 1;
    const rows = inputsOf(node)[0];
    if (!rows || inBytes.has(rows)) continue;
    inBytes.add(rows);
    moved += int8InputMoves * sizeOf(rows, sizes);
    kernels += 6;
  }
  return { products, int8Products, batched, moved, kernels };
}

/** Ops whose result may take the place of an input of the same size that nobody needs any more. */
const inPlace: ReadonlySet<string> = new Set(['add', 'subtract', 'multiply', 'divide', 'affine', 'tanh', 'relu']);

/**
 * Most bytes of computed values that are alive at once when the nodes run in order, each value from the node that makes
 * it to the last that reads it. Inputs and parameters are not counted.
 */
export function peakBytes(graph: Graph, sizes: Sizes): number {
  const outputs = Object.values(graph.outputs);
  const order = topological(outputs);
  const readers = new Map<Value, number>();
  const read = (value: Value, by: number) => readers.set(value, (readers.get(value) ?? 0) + by);
  for (const node of order) for (const input of inputsOf(node)) read(owner(input), 1);
  for (const output of outputs) read(owner(output), 1);

  let [alive, most] = [0, 0];
  for (const node of order) {
    if (isGiven(node.outputs.y)) continue;
    if (node.op !== 'reshape') {
      const made = outputsOf(node).reduce(
        (sum, value) => (value.index === 0 || readers.has(value) ? sum + bytesOf(value, sizes) : sum),
        0,
      );
      const reused = inPlace.has(node.op) && inputsOf(node).some((input) => dies(input, readers, made, sizes));
      const during = alive + (reused ? 0 : made) + 4 * opWork(node, sizes).scratch;
      most = Math.max(most, during);
      alive += made;
    }
    for (const input of inputsOf(node)) {
      const value = owner(input);
      read(value, -1);
      if (readers.get(value) === 0 && !isGiven(value)) alive -= bytesOf(value, sizes);
    }
    for (const value of outputsOf(node))
      if (value === owner(value) && !readers.has(value)) alive -= value.index === 0 ? bytesOf(value, sizes) : 0;
  }
  return most;
}

const isGiven = ({ node: { op } }: Value): boolean => op === 'input' || op === 'parameter' || op === 'constant';

const bytesOf = (value: Value, sizes: Sizes): number => (value.dtype === 'bool' ? 1 : 4) * sizeOf(value, sizes);

/** The value whose memory a value lies in: a reshaped one lies in the one that it was. */
function owner(value: Value): Value {
  let found = value;
  for (let node = nodeOf(found); node.op === 'reshape'; node = nodeOf(found)) found = node.inputs.x;
  return found;
}

const dies = (input: Value, readers: ReadonlyMap<Value, number>, bytes: number, sizes: Sizes): boolean =>
  !isGiven(owner(input)) && readers.get(owner(input)) === 1 && bytesOf(input, sizes) === bytes;
