import { existsSync } from 'node:fs';
import path from 'node:path';
import { startFailure } from '../../../files/failure.ts';
import { openGuarded } from '../../../files/guardedFile.ts';
import { Child } from '../../../processes/child.ts';
import type { Exit } from '../../../processes/exit.ts';
import { Requests } from '../../../processes/requests.ts';
import { nodeEnvironment, withoutDebugger } from '../../../processes/trainerCommand.ts';
import { DataError } from '../../../tasks/rows/dataError.ts';
import type { Row } from '../../../tasks/rows/row.ts';
import { headerOfRecord } from '../bytes/header.ts';
import { unreadable } from '../bytes/unreadable.ts';
import {
  type DecodingAnswer,
  type DecodingLimits,
  type DecodingQuestion,
  type DecodingTask,
  overLimit,
} from '../parquet/protocol.ts';

/** How much reading may cost: a look is what merely opening a folder leads to, work what a person has asked for. */
export type ReadingEffort = 'look' | 'work';

const limits: Readonly<Record<ReadingEffort, DecodingLimits>> = {
  look: { heapMib: 64, memoryMib: 160, processorMs: 400 },
  work: { heapMib: 4096, memoryMib: 6144, processorMs: 120_000 },
};

/** A small file of which not even the first rows can be had is damaged, or made to do harm. */
const smallBytes = 16 << 20;

/** A file that would take more than it may: a sound one may, too, where it is large. Rows before may have been good ones. */
export class ReadingLimitError extends DataError {}

/**
 * Names of a Parquet file's columns.
 * @throws DataError when the file is not Parquet, or is cut off.
 */
export async function parquetColumns(file: string, effort: ReadingEffort = 'look'): Promise<readonly string[]> {
  const decoder = await Decoder.start(file, effort);
  try {
    return await decoder.columns();
  } finally {
    decoder.close();
  }
}

/**
 * A note of a Parquet file's writer, by its key; undefined where there is none, or a longer one than names need.
 * @throws DataError when the file is not Parquet, or is cut off.
 */
export async function parquetNote(
  file: string,
  key: string,
  effort: ReadingEffort = 'look',
): Promise<string | undefined> {
  const decoder = await Decoder.start(file, effort);
  try {
    return await decoder.note(key);
  } finally {
    decoder.close();
  }
}

/**
 * Rows of a Parquet file, numbered from 1; only the wanted columns are read (all when none is named). They are decoded
 * in a process of their own, for a few bytes of a Parquet file may stand for any amount of memory and time. Memory: one
 * row group of these columns.
 * @throws DataError when the file is not Parquet, is cut off, or a wanted column is missing.
 */
export async function* readParquet(
  file: string,
  wanted: readonly string[],
  effort: ReadingEffort = 'look',
): AsyncGenerator<Row> {
  const decoder = await Decoder.start(file, effort);
  try {
    const columns = await decoder.columns();
    headerOfRecord({ file }, columns, wanted);
    const read = wanted.length > 0 ? wanted : columns;
    for (let start = 0; ; ) {
      const rows = await decoder.rows(read);
      if (rows.length === 0) return;
      for (const [i, cells] of rows.entries()) yield { file, line: start + i + 1, unit: 'row', cells };
      start += rows.length;
    }
  } finally {
    decoder.close();
  }
}

/** The process that decodes a file, as its asker holds it. */
class Decoder {
  readonly #file: string;
  readonly #child: Child;
  readonly #requests = new Requests<DecodingAnswer>();
  /** Whether it is small and has not given any rows. */
  #isSuspect: boolean;

  /** @throws DataError when there is no such file */
  static async start(file: string, effort: ReadingEffort): Promise<Decoder> {
    const handle = await openGuarded(file).catch((error: unknown) => {
      throw unreadable(file, error);
    });
    const { size } = await handle.stat();
    await handle.close();
    return new Decoder(file, size, limits[effort]);
  }

  private constructor(file: string, size: number, allowed: DecodingLimits) {
    this.#file = file;
    this.#isSuspect = size < smallBytes;
    this.#child = new Child(
      {
        program: process.execPath,
        arguments: [...withoutDebugger, `--max-old-space-size=${allowed.heapMib}`, program()],
        environment: nodeEnvironment(),
      },
      { channel: 'advanced', onMessage: (message) => this.#requests.take()?.resolve(message as DecodingAnswer) },
    );
    void this.#child.exit.then((exit) => this.#requests.fail(this.#ending(exit)));
    this.#child.send({ file, limits: allowed } satisfies DecodingTask);
  }

  async columns(): Promise<readonly string[]> {
    const answer = await this.#ask({ type: 'columns' });
    return 'columns' in answer ? answer.columns : [];
  }

  async note(key: string): Promise<string | undefined> {
    const answer = await this.#ask({ type: 'note', key });
    return 'note' in answer ? answer.note : undefined;
  }

  /** The next ones; none at the end. */
  async rows(columns: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const answer = await this.#ask({ type: 'rows', columns });
    this.#isSuspect = false;
    return 'rows' in answer ? answer.rows : [];
  }

  close(): void {
    this.#child.kill();
  }

  async #ask(question: DecodingQuestion): Promise<DecodingAnswer & { readonly ok: true }> {
    const answer = await this.#requests.ask(() => this.#child.send(question), question.type);
    if (answer.ok) return answer;
    throw new DataError({ file: this.#file }, answer.rule, answer.cure);
  }

  #ending({ startError }: Exit): DataError {
    const place = { file: this.#file };
    if (startError) {
      return new DataError(place, `must be decoded by a process of its own, got none`, startFailure(startError));
    }
    const kind = this.#isSuspect ? DataError : ReadingLimitError;
    const cure =
      'write it again with smaller row groups, for example with pandas.DataFrame.to_parquet(row_group_size=10_000)';
    if (this.#child.lastWords.join('').includes(overLimit.time)) {
      return new kind(place, 'must be decoded quickly, got a file that takes too long', cure);
    }
    return new kind(place, 'must be decoded in little memory, got a file that takes too much', cure);
  }
}

/** Beside the bundle, one folder up from a part of it, or in `dist` for the sources. @throws Error when it was not built */
function program(): string {
  const places = ['.', '..', '../../dist', '../../../../dist'];
  const files = places.map((place) => path.join(import.meta.dirname, place, 'parquet.cjs'));
  const found = files.find((file) => existsSync(file));
  if (found === undefined) throw new Error(`${files[0]}: is missing; build it with \`npm run build\``);
  return found;
}
