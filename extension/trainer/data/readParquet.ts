import type { FileHandle } from 'node:fs/promises';
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { openGuarded } from '../../files/guardedFile.ts';
import { DataError, unreadable } from './dataError.ts';
import { headerOfRecord } from './header.ts';
import type { Row } from './row.ts';

const magic = 'PAR1';

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

/**
 * Names of a Parquet file's columns.
 * @throws DataError when the file is not Parquet, or is cut off.
 */
export async function parquetColumns(file: string): Promise<readonly string[]> {
  const { handle, metadata } = await openParquet(file);
  await handle.close();
  return topLevelColumns(metadata);
}

/**
 * Rows of a Parquet file, numbered from 1; only the wanted columns are read (all when none is named). Memory: one row
 * group of these columns.
 * @throws DataError when the file is not Parquet, is cut off, or a wanted column is missing.
 */
export async function* readParquet(file: string, wanted: readonly string[]): AsyncGenerator<Row> {
  const { handle, buffer, metadata } = await openParquet(file);
  try {
    const columns = topLevelColumns(metadata);
    headerOfRecord({ file }, columns, wanted);
    let start = 0;
    for (const group of metadata.row_groups) {
      const end = start + Number(group.num_rows);
      const rows = await parquetReadObjects({
        file: buffer,
        metadata,
        columns: wanted.length > 0 ? [...wanted] : columns,
        rowStart: start,
        rowEnd: end,
        compressors,
      }).catch((error: unknown) => {
        throw notParquet(file, error);
      });
      for (const [i, cells] of rows.entries()) yield { file, line: start + i + 1, unit: 'row', cells };
      start = end;
    }
  } finally {
    await handle.close();
  }
}

async function openParquet(file: string) {
  const handle = await openGuarded(file).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  try {
    const buffer = await randomAccess(file, handle);
    return { handle, buffer, metadata: await parquetMetadataAsync(buffer) };
  } catch (error) {
    await handle.close();
    throw notParquet(file, error);
  }
}

function notParquet(file: string, error: unknown): DataError {
  if (error instanceof DataError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const cure = 'write it anew, for example with pandas.DataFrame.to_parquet';
  return new DataError({ file }, `must be a whole Parquet file (${message})`, cure, { cause: error });
}

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
    throw new DataError(
      { file },
      `must end with the Parquet mark ${magic}`,
      'check data.format and whether the file is whole',
    );
  }
  return { byteLength: size, slice };
}
