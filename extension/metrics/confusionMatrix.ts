/** How well one class is found. */
export interface ClassScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Items of this class. */
  readonly support: number;
  /** Items predicted as this class. */
  readonly predicted: number;
}

/** Counts over pairs of true and predicted class, as metrics need them. */
export interface ClassCounts {
  /** Of each class; classes that do not occur may be left out. */
  readonly scores: readonly ClassScore[];
  /** Items counted. */
  readonly total: number;
  /** Items whose class is predicted. */
  readonly hits: number;
}

/** precision = hits/predicted, recall = hits/support, F1 = 2 hits/(predicted + support); 0 where undefined, as scikit-learn. */
export const classScore = (counts: {
  readonly hits: number;
  readonly support: number;
  readonly predicted: number;
}): ClassScore => {
  const { hits, support, predicted } = counts;
  return {
    precision: predicted > 0 ? hits / predicted : 0,
    recall: support > 0 ? hits / support : 0,
    f1: predicted + support > 0 ? (2 * hits) / (predicted + support) : 0,
    support,
    predicted,
  };
};

/** Counts of (true class, predicted class) pairs over C classes. */
export class ConfusionMatrix implements ClassCounts {
  readonly classes: number;
  readonly #counts: Float64Array;
  readonly #missed: Float64Array;
  #scores: readonly ClassScore[] | undefined;

  constructor(classes: number) {
    this.classes = classes;
    this.#counts = new Float64Array(classes * classes);
    this.#missed = new Float64Array(classes);
  }

  /** @param predicted undefined for an item that no class was predicted for */
  add(truth: number, predicted: number | undefined): void {
    if (predicted === undefined) this.#missed[truth]! += 1;
    else this.#counts[truth * this.classes + predicted]! += 1;
    this.#scores = undefined;
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

  get scores(): readonly ClassScore[] {
    this.#scores ??= this.#scored();
    return this.#scores;
  }

  get total(): number {
    return this.scores.reduce((sum, { support }) => sum + support, 0);
  }

  get hits(): number {
    return this.scores.reduce((sum, _, c) => sum + this.at(c, c), 0);
  }

  #scored(): readonly ClassScore[] {
    const all = Array.from({ length: this.classes }, (_, i) => i);
    return all.map((c) => {
      const hits = this.at(c, c);
      const support = all.reduce((sum, other) => sum + this.at(c, other), this.#missed[c]!);
      const predicted = all.reduce((sum, other) => sum + this.at(other, c), 0);
      return classScore({ hits, support, predicted });
    });
  }
}
