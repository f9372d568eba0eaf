import { ignoredLabel } from '../../../graph/ops.ts';
import type { OnnxBuilder } from '../builder.ts';
import type { Lowering, LoweringTable } from './lowering.ts';
import { labelled, reduce } from './nodeSequences.ts';

/** Ops that compare logits with labels. */
export const lossLowerings = {
  crossEntropy: crossEntropyBy({
    logSoftmax: (builder, logits) => builder.node('LogSoftmax', [logits], { axis: -1 }),
    likelihood: (builder, rows, targets) =>
      builder.node('NegativeLogLikelihoodLoss', [rows, targets], { reduction: 'sum', ignore_index: ignoredLabel }),
  }),
  correctCount: ({ node, builder, inputs: { logits, labels } }) => {
    const best = builder.node('ArgMax', [logits], { axis: -1, keepdims: 0 });
    const right = builder.node('Cast', [builder.node('Equal', [best, labels])], { to: 1 });
    return reduce(builder, right, [...node.inputs.labels.shape.keys()], false);
  },
  // (p − target)·dLoss where labelled; target = 1 − ε + ε/C at the label, ε/C elsewhere.
  crossEntropyGrad: ({ node, builder, inputs: { dLoss, logProbabilities, labels } }) => {
    const { smoothing } = node.attributes;
    const classes = node.inputs.logProbabilities.shape.at(-1) as number;
    const probabilities = builder.node('Exp', [logProbabilities]);
    const base =
      smoothing === 0 ? probabilities : builder.node('Sub', [probabilities, builder.float(smoothing / classes)]);
    // The target is subtracted in its one place per row: a one-hot tensor would be as large as the logits.
    const counted = labelled(builder, labels, [-1]); // […,1]
    const places = builder.node('Unsqueeze', [
      builder.node('Max', [labels, builder.integers(0)]),
      builder.integers([-1]),
    ]);
    const targets = builder.node('Mul', [counted, builder.float(smoothing - 1)]);
    const error = builder.node('ScatterElements', [base, places, targets], { axis: -1, reduction: 'add' });
    return builder.node('Mul', [error, builder.node('Mul', [counted, dLoss])]);
  },
} satisfies Partial<LoweringTable>;

/** What cross entropy is made of. */
export interface CrossEntropyParts {
  /** logits[…,C] → log p[…,C] */
  readonly logSoftmax: (builder: OnnxBuilder, logits: string) => string;
  /** −Σ log p[n, target n] over the labelled rows: rows[N,C], targets i64[N] → f32[] */
  readonly likelihood: (builder: OnnxBuilder, rows: string, targets: string) => string;
}

/** Summed cross entropy, and log p for its gradient. */
export function crossEntropyBy({ logSoftmax, likelihood: write }: CrossEntropyParts): Lowering<'crossEntropy'> {
  return ({ node, builder, inputs: { logits, labels } }) => {
    const { smoothing } = node.attributes;
    const logProbabilities = logSoftmax(builder, logits);
    const classes = node.inputs.logits.shape.at(-1) as number;
    const rows = builder.node('Reshape', [logProbabilities, builder.integers([-1, classes])]); // [N,C]
    const targets = builder.node('Reshape', [labels, builder.integers([-1])]); // [N]
    const likelihood = write(builder, rows, targets); // f32[]
    if (smoothing === 0) return { y: likelihood, logProbabilities };
    const counted = builder.node('Mul', [rows, labelled(builder, targets, [1])]);
    const uniform = reduce(builder, counted, [0, 1], false);
    const y = builder.node('Sub', [
      builder.node('Mul', [likelihood, builder.float(1 - smoothing)]),
      builder.node('Mul', [uniform, builder.float(smoothing / classes)]),
    ]);
    return { y, logProbabilities };
  };
}
