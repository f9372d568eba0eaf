import type { FileHandle } from 'node:fs/promises';
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { openGuarded } from '../../../files/guardedFile.ts';
import { otherFile, tellingBytes } from '../../../files/otherFile.ts';
import { messageOf } from '../../../problems/messageOf.ts';
import { DataError } from '../../../tasks/rows/dataError.ts';
import { unreadable } from '../bytes/unreadable.ts';

const magic = 'PAR1';
/** Rows decoded at first of each group; each later piece has four times as many, since its pages begin with the group. */
const firstPiece = 256;
const growth = 4;
const longestNote = 1 << 22;

type Cells = Readonly<Record<string, unknown>>;

/** An open Parquet file. Whatever it says of itself is believed here: this runs where its cost is bounded. */
export class ParquetFile {
  readonly columns: readonly string[];
  readonly #file: string;
  readonly #buffer: AsyncBuffer;
  readonly #metadata: FileMetaData;
  #group = 0;
  #groupStart = 0;
  /** Rows of the group that have been given. */
  #given = 0;
  #piece = firstPiece;

  /** @throws DataError when the file is not Parquet, or is cut off */
  static async open(file: string): Promise<ParquetFile> {
    try {
      const buffer = await randomAccess(file, await openGuarded(file));
      return new ParquetFile(file, buffer, await parquetMetadataAsync(buffer));
    } catch (error) {
      throw notParquet(file, error);
    }
  }

  private constructor(file: string, buffer: AsyncBuffer, metadata: FileMetaData) {
    this.#file = file;
    this.#buffer = buffer;
    this.#metadata = metadata;
    this.columns = topLevelColumns(metadata);
  }

  /** The writer's note under a key, where it is no longer than names and types need. */
  note(key: string): string | undefined {
    const text = this.#metadata.key_value_metadata?.find((note) => note.key === key)?.value;
    return text !== undefined && text.length <= longestNote ? text : undefined;
  }

  /**
   * The rows after those given before, in pieces: the first ones cost little, whatever the size of their group.
   * @returns none at the end
   * @throws DataError when the file is damaged
   */
  async next(columns: readonly string[]): Promise<readonly Cells[]> {
    for (;;) {
      const group = this.#metadata.row_groups[this.#group];
      if (group === undefined) return [];
      const groupEnd = this.#groupStart + Number(group.num_rows);
      const rowStart = this.#groupStart + this.#given;
      const rowEnd = Math.min(groupEnd, rowStart + this.#piece);
      const rows = rowEnd > rowStart ? await this.#read(columns, rowStart, rowEnd) : [];
      this.#given += rowEnd - rowStart;
      this.#piece *= growth;
      if (rowEnd >= groupEnd) {
        this.#group++;
        this.#groupStart = groupEnd;
        this.#given = 0;
        this.#piece = firstPiece;
      }
      if (rows.length > 0) return rows;
    }
  }

  async #read(columns: readonly string[], rowStart: number, rowEnd: number): Promise<readonly Cells[]> {
    const source = { file: this.#buffer, metadata: this.#metadata, compressors, parsers: { stringFromBytes } };
    return await parquetReadObjects({ ...source, columns: [...columns], rowStart, rowEnd }).catch((error: unknown) => {
      throw notParquet(this.#file, error);
    });
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A text; bytes that are none stay bytes, which whoever reads the row refuses. */
function stringFromBytes(bytes: Uint8Array | undefined): string | Uint8Array | undefined {
  try {
    return bytes && utf8.decode(bytes);
  } catch {
    return bytes?.slice();
  }
}

/** Names of the top-level columns. */
function topLevelColumns(metadata: FileMetaData): string[] {
  const [root, ...elements] = metadata.schema;
  const names: string[] = [];
  let index = 0;
  const skip = (): void => {
    const children = elements[index++]?.num_children ?? 0;
    for (let i = 0; i < children; i++) skip();
  };
  for (let i = 0; i < (root?.num_children ?? 0); i++) {
    names.push(elements[index]!.name);
    skip();
  }
  return names;
}

/** Any error of reading, as one about the file. */
export function notParquet(file: string, error: unknown): DataError {
  if (error instanceof DataError) return error;
  if (error instanceof Error && ('code' in error || error.name === 'FileRefusal')) return unreadable(file, error);
  const message = messageOf(error);
  return damaged(file, message, { cause: error });
}

/** The error of a file that is no whole Parquet file. */
export const damaged = (file: string, why: string, options?: ErrorOptions): DataError =>
  new DataError(
    { file },
    `must be a whole Parquet file (${why.slice(0, 200)})`,
    'write it again, for example with pandas.DataFrame.to_parquet',
    options,
  );

async function randomAccess(file: string, handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  const slice = async (start: number, end = size): Promise<ArrayBuffer> => {
    const from = start < 0 ? Math.max(0, size + start) : start;
    const length = Math.min(end, size) - from;
    if (!(length >= 0)) throw new RangeError(`bytes ${start} to ${end} lie outside the file of ${size} bytes`);
    const bytes = new Uint8Array(length);
    const { bytesRead } = await handle.read(bytes, 0, length, from);
    if (bytesRead !== length) throw new RangeError(`the file ends ${length - bytesRead} bytes early`);
    return bytes.buffer;
  };
  if (size < 12 || Buffer.from(await slice(size - 4)).toString('latin1') !== magic) {
    const start = Buffer.from(await slice(0, tellingBytes));
    const other = start.toString('latin1', 0, magic.length) === magic ? undefined : otherFile(start);
    if (other) throw new DataError({ file }, `must be Parquet, got ${other.what}`, other.cure);
    throw new DataError(
      { file },
      `must end with the Parquet mark ${magic}`,
      'check data.format and whether the file is whole',
    );
  }
  return { byteLength: size, slice };
}
