import { errorCode, writeFailure } from '../files/failure.ts';
import { JsonLinesFile } from './jsonLinesFile.ts';

/** Where a list of rows came to lie, or why it could not be kept. */
export interface KeptList {
  readonly file?: string;
  readonly problem?: string;
}

/** A list of rows in a run folder. One that cannot be written there, as in a folder of others, is told of and ends nothing. */
export class RowList {
  readonly #lines: JsonLinesFile;
  #problem: string | undefined;

  constructor(file: string) {
    this.#lines = new JsonLinesFile(file);
  }

  write(value: unknown): Promise<void> {
    return this.#attempt(() => this.#lines.write(value));
  }

  async finish(): Promise<KeptList> {
    await this.#attempt(() => this.#lines.finish());
    return this.#problem === undefined ? { file: this.#lines.path } : { problem: this.#problem };
  }

  /** Leaves nothing behind. */
  discard(): Promise<void> {
    return this.#lines.discard();
  }

  async #attempt(act: () => Promise<void>): Promise<void> {
    if (this.#problem !== undefined) return;
    try {
      await act();
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      this.#problem = `${this.#lines.path}: ${writeFailure(error, 'evaluate again')}`;
      await this.#lines.discard();
    }
  }
}
