import type { taskMetrics } from './registry.ts';

/** Counts of (true class, predicted class) pairs over C classes. */
export class ConfusionMatrix {
  readonly classes: number;
  readonly #counts: Float64Array;
  readonly #missed: Float64Array;

  constructor(classes: number) {
    this.classes = classes;
    this.#counts = new Float64Array(classes * classes);
    this.#missed = new Float64Array(classes);
  }

  /** @param predicted undefined for an item that no class was predicted for */
  add(truth: number, predicted: number | undefined): void {
    if (predicted === undefined) this.#missed[truth]! += 1;
    else this.#counts[truth * this.classes + predicted]! += 1;
  }

  /** Items of a class that no class was predicted for. */
  missed(truth: number): number {
    return this.#missed[truth]!;
  }

  at(truth: number, predicted: number): number {
    return this.#counts[truth * this.classes + predicted]!;
  }

  /** Rows: true class, columns: predicted class. */
  rows(): number[][] {
    return Array.from({ length: this.classes }, (_, truth) =>
      Array.from({ length: this.classes }, (_, predicted) => this.at(truth, predicted)),
    );
  }
}

export interface ClassScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Items of this class. */
  readonly support: number;
  /** Items predicted as this class. */
  readonly predicted: number;
}

/** precision = tp/predicted, recall = tp/support, F1 = 2tp/(predicted + support); 0 where undefined, as scikit-learn. */
export function classScores(matrix: ConfusionMatrix): ClassScore[] {
  const all = Array.from({ length: matrix.classes }, (_, i) => i);
  return all.map((c) => {
    const hits = matrix.at(c, c);
    const support = all.reduce((sum, other) => sum + matrix.at(c, other), matrix.missed(c));
    const predicted = all.reduce((sum, other) => sum + matrix.at(other, c), 0);
    return {
      precision: predicted > 0 ? hits / predicted : 0,
      recall: support > 0 ? hits / support : 0,
      f1: predicted + support > 0 ? (2 * hits) / (predicted + support) : 0,
      support,
      predicted,
    };
  });
}

/**
 * accuracy · macro_f1: mean F1 of the classes that occur, truly or as predicted · micro_f1: over all decisions, equal
 * to accuracy here · matthews: R_K over K classes, 0 where undefined. NaN for no items.
 * @see scikit-learn `accuracy_score`, `f1_score`, `matthews_corrcoef`; Gorodkin 2004 for R_K
 */
export function classMetrics(
  matrix: ConfusionMatrix,
): Readonly<Record<(typeof taskMetrics)['classification'][number], number>> {
  const scores = classScores(matrix);
  const total = scores.reduce((sum, { support }) => sum + support, 0);
  const hits = scores.reduce((sum, _, c) => sum + matrix.at(c, c), 0);
  const present = scores.filter(({ support, predicted }) => support + predicted > 0);
  const accuracy = hits / total;
  const dot = (f: (score: ClassScore) => number) => scores.reduce((sum, score) => sum + f(score), 0);
  const covariance = hits * total - dot((s) => s.support * s.predicted);
  const truthVariance = total * total - dot((s) => s.support * s.support);
  const predictedVariance = total * total - dot((s) => s.predicted * s.predicted);
  const spread = Math.sqrt(truthVariance) * Math.sqrt(predictedVariance);
  return {
    accuracy,
    macro_f1: present.reduce((sum, { f1 }) => sum + f1, 0) / present.length,
    micro_f1: accuracy,
    matthews: total === 0 ? Number.NaN : spread === 0 ? 0 : covariance / spread,
  };
}
