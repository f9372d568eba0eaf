import type { RunEstimate } from '../../contract/estimate.ts';
import type { BatchShape, BatchShapes } from '../../data/batches/batchShapes.ts';
import { keptFromBytes } from '../../engines/onnx/weights/keptBytes.ts';
import { frozenProduct, type ProductDirection } from '../../graph/frozenProduct.ts';
import { inputsOf, nodeOf, topological } from '../../graph/node.ts';
import type { Graph, Value } from '../../graph/value.ts';
import { cachedShare, prefixBytes } from './cachedShare.ts';
import { peakBytes } from './graphWork.ts';
import { sizeOf } from './opWork.ts';
import { type RunWork, sizesOf } from './runWork.ts';

type MemoryParts = RunEstimate['memoryParts'];

// Fitted to runs of three models on Linux x64 with Node 20 and onnxruntime 1.30: `npm run bench:estimate`.

/** The program, its engine and the graphs as the engine keeps them, whatever the model. */
const programBytes = 185e6;
/** Bytes of a row that is held, for each token: ids, types and room to grow. */
const heldTokenBytes = 8;
/** Values, gradients, two moments, where they came from, and the copies that a checkpoint is written from. */
const tunedCopies = 7.8;
/** The same of a table whose gradient is only the rows that a batch reads. */
const rowTableCopies = 5.3;
/** The engine's memory for values is larger than what is alive at once: batches of many lengths leave gaps. */
const arenaFactor = 1.3;
/** Bytes that the engine keeps for each byte of a quantised weight in the model: its own copy and the laid-out one. */
const int8Copies = 2.2;
/** Bytes more while a session with such weights is opened: the model's text, and what it is read into. */
const int8OpeningCopies = 2.2;
/** The same of weights in files, which are let go once they are laid out. */
const mappedInt8Copies = 1.05;

/** Where a run's memory goes when it needs most of it, in bytes. */
export function runMemory(work: RunWork): MemoryParts {
  const { training, evaluation, prefix } = work;
  const evaluates = work.validationBatches !== undefined || work.testBatches !== undefined;
  const sessions = [
    { graph: training, prepacks: work.prepacks, batches: [work.trainingBatches] },
    ...(prefix ? [{ graph: prefix, prepacks: work.prepacks, batches: [work.trainingBatches] }] : []),
    ...(evaluates ? [{ graph: evaluation, prepacks: false, batches: [work.validationBatches, work.testBatches] }] : []),
  ];
  const sum = (part: (session: (typeof sessions)[number]) => number): number =>
    sessions.reduce((total, session) => total + part(session), 0);
  const bytes = {
    program: programBytes,
    data: heldTokenBytes * work.heldTokens,
    weights:
      sum(({ graph, prepacks }) => weightBytes(graph, work.int8, prepacks)) +
      // The evaluation's session is opened beside the one that has trained.
      (work.int8 && evaluates && !isMapped(frozenProductNumbers(evaluation))
        ? int8OpeningCopies * frozenProductNumbers(evaluation)
        : 0) +
      4 * work.widenedNumbers,
    tuned: 4 * (tunedCopies * work.steppedNumbers + rowTableCopies * (work.tunedNumbers - work.steppedNumbers)),
    activations: arenaFactor * sum(({ graph, batches }) => largestPeak(graph, batches)),
    kept: cachedShare(work) * prefixBytes(work),
  };
  return Object.fromEntries(Object.entries(bytes).map(([name, value]) => [name, Math.round(value)])) as MemoryParts;
}

/**
 * Numbers of frozen weights that a graph multiplies by, counted once for each product.
 * @param only products of one direction
 */
export function frozenProductNumbers(graph: Graph, only?: ProductDirection): number {
  let numbers = 0;
  for (const node of topological(Object.values(graph.outputs))) {
    const product = frozenProduct(node);
    if (product && (only === undefined || product.direction === only)) numbers += sizeOf(product.weight, new Map());
  }
  return numbers;
}

/** Whether bytes of so many weights lie in a file. */
const isMapped = (numbers: number): boolean => numbers >= keptFromBytes;

/** Weights in bytes; a loss over logits has its way back in fp32, as its weight lies in its file and laid out. */
function int8Bytes(graph: Graph): number {
  const directions = ['forward', 'backward'] as const;
  const inBytes = directions
    .map((direction) => frozenProductNumbers(graph, direction))
    .reduce((sum, numbers) => sum + numbers * (isMapped(numbers) ? mappedInt8Copies : int8Copies), 0);
  const nodes = topological(Object.values(graph.outputs));
  const read = new Set(nodes.flatMap(inputsOf));
  const heads = nodes.flatMap((node) =>
    node.op === 'headLoss' && read.has(node.outputs.dx) ? [node.inputs.weight] : [],
  );
  return inBytes + heads.reduce((sum, weight) => sum + 8 * sizeOf(weight, new Map()), 0);
}

/**
 * Frozen weights of one session: those of products once for each product where they are laid out or in bytes, else once
 * as they lie in their file; others, above all tables, as they lie in their file.
 */
function weightBytes(graph: Graph, int8: boolean, prepacks: boolean): number {
  const products = new Set<Value>();
  const others = new Set<Value>();
  for (const node of topological(Object.values(graph.outputs))) {
    for (const input of inputsOf(node)) if (isFrozen(input)) others.add(input);
    const product = frozenProduct(node);
    if (product) products.add(product.weight);
  }
  for (const weight of products) others.delete(weight);
  const once = (values: ReadonlySet<Value>) =>
    [...values].reduce((sum, value) => sum + 4 * sizeOf(value, new Map()), 0);
  const each = frozenProductNumbers(graph);
  return once(others) + (int8 ? int8Bytes(graph) : prepacks ? 4 * each : once(products));
}

function isFrozen(value: Value): boolean {
  const node = nodeOf(value);
  return node.op === 'parameter' && !node.attributes.trainable;
}

/** The most a graph holds at once in any of the batches. */
function largestPeak(graph: Graph, batches: readonly (BatchShapes | undefined)[]): number {
  const longest = new Map<number, BatchShape>();
  for (const shape of batches.flatMap((split) => split?.shapes ?? [])) {
    const known = longest.get(shape.rows);
    if (!known || shape.length > known.length) longest.set(shape.rows, shape);
  }
  const peaks = [...longest.values()].map(({ rows, length, labelled }) =>
    peakBytes(graph, sizesOf(rows, length, labelled)),
  );
  return Math.max(0, ...peaks);
}
