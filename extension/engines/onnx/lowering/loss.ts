import { ignoredLabel } from '../../../graph/ops.ts';
import type { Carried, OnnxBuilder } from './builder.ts';
import { rowsProduct } from './linear.ts';
import type { LoweringContext, LoweringTable } from './lowering.ts';
import { dimension, labelled, part, reduce } from './nodeSequences.ts';

/** Of the nodes that the CPU computes fastest. */
const cpuParts: LossParts = {
  product: rowsProduct,
  logSoftmax: (builder, logits) => builder.node('LogSoftmax', [logits], { axis: -1 }),
  likelihood: (builder, rows, targets) =>
    builder.node('NegativeLogLikelihoodLoss', [rows, targets], { reduction: 'sum', ignore_index: ignoredLabel }),
  loops: true,
};

/** Ops that compare logits with labels. */
export const lossLowerings = {
  ...lossLoweringsBy(cpuParts),
  correctCount: ({ node, builder, inputs: { logits, labels } }) => {
    const best = builder.node('ArgMax', [logits], { axis: -1, keepdims: 0 });
    const right = builder.node('Cast', [builder.node('Equal', [best, labels])], { to: 1 });
    return reduce(builder, right, [...node.inputs.labels.shape.keys()], false);
  },
  crossEntropyGrad: ({ node, builder, inputs: { dLoss, logProbabilities, labels } }) => {
    const classes = node.inputs.logProbabilities.shape.at(-1) as number;
    const { error, counted } = lossError(builder, logProbabilities, labels, classes, node.attributes.smoothing);
    return builder.node('Mul', [error, builder.node('Mul', [counted, dLoss])]);
  },
} satisfies Partial<LoweringTable>;

/** What losses are made of. */
interface LossParts {
  /** x[M,D], weight[V,D] and what takes N of M rows → N rows of x·weightᵀ[M,V] */
  readonly product: (
    context: LoweringContext<'headLoss'>,
    x: string,
    weight: string,
    of: (x: string) => string,
  ) => string;
  /** logits[…,C] → log p[…,C] */
  readonly logSoftmax: (builder: OnnxBuilder, logits: string) => string;
  /** −Σ log p[n, target n] over the labelled rows: rows[N,C], targets i64[N] → f32[] */
  readonly likelihood: (builder: OnnxBuilder, rows: string, targets: string) => string;
  /** Whether rows are taken chunk by chunk. */
  readonly loops: boolean;
}

export function lossLoweringsBy({
  product,
  logSoftmax,
  likelihood,
  loops,
}: LossParts): Pick<LoweringTable, 'crossEntropy' | 'headLoss'> {
  /** Summed loss of log p[N,C] and targets i64[N]: f32[] */
  const summed = (builder: OnnxBuilder, rows: string, targets: string, classes: number, smoothing: number) => {
    const found = likelihood(builder, rows, targets);
    if (smoothing === 0) return found;
    const counted = builder.node('Mul', [rows, labelled(builder, targets, [1])]);
    const uniform = reduce(builder, counted, [0, 1], false);
    return builder.node('Sub', [
      builder.node('Mul', [found, builder.float(1 - smoothing)]),
      builder.node('Mul', [uniform, builder.float(smoothing / classes)]),
    ]);
  };
  return {
    crossEntropy: ({ node, builder, inputs: { logits, labels } }) => {
      const logProbabilities = logSoftmax(builder, logits);
      const classes = node.inputs.logits.shape.at(-1) as number;
      const rows = builder.node('Reshape', [logProbabilities, builder.integers([-1, classes])]); // [N,C]
      const targets = builder.node('Reshape', [labels, builder.integers([-1])]); // [N]
      return { y: summed(builder, rows, targets, classes, node.attributes.smoothing), logProbabilities };
    },
    headLoss: (context) => {
      const { node, builder, inputs, used } = context;
      const { x, weight, labels } = inputs;
      const { smoothing, leastRows, chunks } = node.attributes;
      const classes = node.inputs.weight.shape[0] as number;
      /** Loss, and what else is used, of the rows that `chunk` takes. */
      const partOf = (builder: OnnxBuilder, chunk: (name: string) => string): string[] => {
        const targets = chunk(labels);
        const logProbabilities = logSoftmax(builder, product({ ...context, builder }, x, weight, chunk));
        const loss = summed(builder, logProbabilities, targets, classes, smoothing);
        const right = used('correct') ? [countRight(builder, logProbabilities, targets)] : [];
        if (!used('dx')) return [loss, ...right];
        const { error, counted } = lossError(builder, logProbabilities, targets, classes, smoothing);
        return [loss, ...right, builder.node('MatMul', [builder.node('Mul', [error, counted]), weight])];
      };
      const named = ([y, ...others]: readonly string[]) => ({
        y: y!,
        ...(used('correct') && { correct: others[0]! }),
        ...(used('dx') && { dx: others.at(-1)! }),
      });
      if (!loops) return named(partOf(builder, (name) => name));

      const rows = dimension(builder, x, 0, node.inputs.x.shape[0]!);
      const timesOf = (size: string) =>
        builder.node('Div', [builder.node('Sub', [builder.node('Add', [rows, size]), builder.integers([1])]), size]);
      const share = timesOf(builder.integers([chunks])); // ⌈M/chunks⌉
      const size = builder.node('Max', [share, builder.integers([leastRows])]);
      const sum: Carried = { first: builder.float(0), dtype: 'f32', shape: [] };
      const none = builder.integers([0]);
      const { shape } = node.outputs.dx;
      const made: Carried = { first: part(builder, x, 0, none, none), dtype: 'f32', shape };
      const carried = [sum, ...(used('correct') ? [sum] : []), ...(used('dx') ? [made] : [])];
      return named(
        builder.loop(timesOf(size), carried, (turn, number, before) => {
          const start = turn.node('Mul', [size, number]);
          const end = turn.node('Add', [start, size]);
          const found = partOf(turn, (name) => part(turn, name, 0, start, end));
          return found.map((one, i) =>
            carried[i] === made
              ? turn.node('Concat', [before[i]!, one], { axis: 0 })
              : turn.node('Add', [before[i]!, one]),
          );
        }),
      );
    },
  };
}

/** How many labels i64[N] are the class of their row's largest number, f32[]; ArgMax would find some in no rows. */
function countRight(builder: OnnxBuilder, rows: string, labels: string): string {
  const last = builder.integers([1]);
  const places = builder.node('Unsqueeze', [builder.node('Max', [labels, builder.integers(0)]), last]); // [N,1]
  const own = builder.node('GatherElements', [rows, places], { axis: 1 });
  const isLargest = builder.node('Equal', [own, builder.node('ReduceMax', [rows, last], { keepdims: 1 })]);
  const right = builder.node('Cast', [isLargest], { to: 1 });
  return reduce(builder, builder.node('Mul', [right, labelled(builder, labels, [1])]), [0, 1], false);
}

/**
 * p − target by log p[…,C] and labels i64[…], and 1 where a row is labelled, else 0 […,1];
 * target = 1 − ε + ε/C at the label, ε/C elsewhere.
 */
function lossError(builder: OnnxBuilder, logProbabilities: string, labels: string, classes: number, smoothing: number) {
  const probabilities = builder.node('Exp', [logProbabilities]);
  const base =
    smoothing === 0 ? probabilities : builder.node('Sub', [probabilities, builder.float(smoothing / classes)]);
  // The target is subtracted in its one place per row: a one-hot tensor would be as large as the logits.
  const counted = labelled(builder, labels, [-1]);
  const places = builder.node('Unsqueeze', [
    builder.node('Max', [labels, builder.integers(0)]),
    builder.integers([-1]),
  ]);
  const targets = builder.node('Mul', [counted, builder.float(smoothing - 1)]);
  return { error: builder.node('ScatterElements', [base, places, targets], { axis: -1, reduction: 'add' }), counted };
}
