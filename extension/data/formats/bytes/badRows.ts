import { DataError, skippedRow } from '../../../tasks/rows/dataError.ts';

/** Bad rows that `data.on_bad_row: skip` left out. */
export interface SkippedRows {
  readonly count: number;
  /** The problems of the first few. */
  readonly examples: readonly string[];
}

/** Rows that cannot be used either end the reading at the first one, or are skipped and counted. */
export class BadRows {
  readonly #policy: 'error' | 'skip';
  readonly #examples: DataError[] = [];
  #count = 0;

  readonly #onSkipped: ((error: DataError) => void) | undefined;

  /** @param onSkipped told each skipped row, in the order of the file */
  constructor(policy: 'error' | 'skip', onSkipped?: (error: DataError) => void) {
    this.#policy = policy;
    this.#onSkipped = onSkipped;
  }

  /** How many rows were skipped. */
  get count(): number {
    return this.#count;
  }

  /** The first few skipped ones, for the warning. */
  get examples(): readonly DataError[] {
    return this.#examples;
  }

  /** @throws the error itself where bad rows are not skipped, or where it is not about one row. */
  handle(error: unknown): void {
    if (this.#policy === 'error' || !(error instanceof DataError) || error.place.line === undefined) throw error;
    this.#count++;
    this.#onSkipped?.(error);
    if (this.#examples.length < 5) this.#examples.push(skippedRow(error));
  }
}
