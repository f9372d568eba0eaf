/** The kept columns of a row, by how it is judged: whole numbers but for `numbers`. */
export const rowColumns = {
  /** Its class and the predicted one, as indices of the run's labels. */
  classes: ['label', 'predicted'],
  /** Its number and the predicted one. */
  numbers: ['label', 'predicted'],
  /** Entities that it has, that are predicted, and that are both; its tags, and those that are right. */
  spans: ['entities', 'predicted', 'hits', 'tags', 'right_tags'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type RowKind = keyof typeof rowColumns;

/** Whether a row is right: its class, or all tags of a sentence. Numbers are never quite right. */
export const isRowRight: { readonly [K in RowKind]: ((row: readonly number[]) => boolean) | undefined } = {
  classes: ([label, predicted]) => label === predicted,
  numbers: undefined,
  spans: ([, , , tags, rightTags]) => tags === rightTags,
};

/** The outcomes of an evaluation, row by row, in the order of the rows. */
export interface RowOutcomes {
  readonly kind: RowKind;
  /** Numbers a row has: one for each column. */
  readonly width: number;
  /** Row by row. */
  readonly values: readonly number[];
}

/** Of more rows nothing is kept: runs of so many differ by less than anyone asks for, and memory has better uses. */
const mostRows = 200_000;

/** Gathers outcomes in whatever order batches bring rows. */
export class RowOutcomeList {
  readonly #kind: RowKind;
  readonly #width: number;
  readonly #places: number[] = [];
  readonly #values: number[] = [];
  #count = 0;

  constructor(kind: RowKind) {
    this.#kind = kind;
    this.#width = rowColumns[kind].length;
  }

  /** @param place of the row in its file, from 0 */
  add(place: number, values: readonly number[]): void {
    this.#count++;
    if (this.#count > mostRows) {
      this.#places.length = 0;
      this.#values.length = 0;
      return;
    }
    this.#places.push(place);
    this.#values.push(...values);
  }

  /** Undefined where there were none, or too many to keep. */
  inOrder(): RowOutcomes | undefined {
    if (this.#places.length === 0) return undefined;
    const width = this.#width;
    const order = [...this.#places.keys()].sort((a, b) => this.#places[a]! - this.#places[b]!);
    const values = order.flatMap((row) => this.#values.slice(row * width, (row + 1) * width));
    return { kind: this.#kind, width, values };
  }
}
