/** How well one class is found. */
interface ClassScore {
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

/** How often a class was predicted for items of a class. */
export type ConfusionCell = readonly [truth: number, predicted: number, count: number];

/** Counts of (true class, predicted class) pairs over C classes; memory for those that occur alone. */
export class ConfusionMatrix implements ClassCounts {
  readonly classes: number;
  /** By truth · C + predicted. */
  readonly #counts = new Map<number, number>();
  /** Items of each class, and items predicted as each class. */
  readonly #support: Float64Array;
  readonly #predicted: Float64Array;

  constructor(classes: number) {
    this.classes = classes;
    this.#support = new Float64Array(classes);
    this.#predicted = new Float64Array(classes);
  }

  /** @param predicted undefined for an item that no class was predicted for */
  add(truth: number, predicted: number | undefined): void {
    this.#support[truth]! += 1;
    if (predicted === undefined) return;
    this.#predicted[predicted]! += 1;
    const cell = truth * this.classes + predicted;
    this.#counts.set(cell, (this.#counts.get(cell) ?? 0) + 1);
  }

  /** Rows: true class, columns: predicted class. */
  rows(): number[][] {
    const all = Array.from({ length: this.classes }, () => new Array<number>(this.classes).fill(0));
    for (const [truth, predicted, count] of this.cells()) all[truth]![predicted] = count;
    return all;
  }

  /** The pairs that occur, by their classes. */
  cells(): ConfusionCell[] {
    const cells = [...this.#counts].sort(([a], [b]) => a - b);
    return cells.map(([cell, count]) => [Math.floor(cell / this.classes), cell % this.classes, count]);
  }

  get scores(): readonly ClassScore[] {
    return Array.from(this.#support, (support, c) =>
      classScore({ hits: this.#hitsOf(c), support, predicted: this.#predicted[c]! }),
    );
  }

  get total(): number {
    return this.#support.reduce((sum, count) => sum + count, 0);
  }

  get hits(): number {
    return this.#support.reduce((sum, _, c) => sum + this.#hitsOf(c), 0);
  }

  #hitsOf(c: number): number {
    return this.#counts.get(c * this.classes + c) ?? 0;
  }
}
