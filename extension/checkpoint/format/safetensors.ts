import type { FileHandle } from 'node:fs/promises';
import { errorCode } from '../../files/failure.ts';
import { FileRefusal, openGuarded } from '../../files/guardedFile.ts';
import { otherFile, tellingBytes } from '../../files/otherFile.ts';
import { elements } from '../../graph/tensor.ts';
import { writeAtomically } from './atomicFile.ts';
import { CheckpointError } from './checkpointError.ts';
import { floatFormats } from './floatFormats.ts';
import {
  dtypeBytes,
  encodeSafetensorsHeader,
  lengthBytes,
  maxHeaderBytes,
  parseSafetensorsHeader,
  type SafetensorsEntry,
  type SafetensorsHeader,
} from './safetensorsHeader.ts';
import { openSeal, seal } from './seal.ts';

/** A checked safetensors file, of which only the header has been read. */
export interface SafetensorsFile extends SafetensorsHeader {
  readonly path: string;
}

/** A tensor to be written. Integers wider than a byte are 64-bit. */
export type SafetensorsTensor =
  | { readonly dtype: 'F32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'I64'; readonly shape: readonly number[]; readonly data: BigInt64Array }
  | { readonly dtype: 'U8'; readonly shape: readonly number[]; readonly data: Uint8Array };

/** Read at once while widening, so that a large tensor needs little beside its own f32 values. */
const chunkBytes = 1 << 20;

/**
 * Reads and checks the header; memory is bounded by it, whatever the file says of itself.
 * @param cure what to do about a damaged file
 * @throws CheckpointError when the file is missing, unreadable, truncated or malformed
 */
export async function openSafetensors(path: string, cure = 'download or save it again'): Promise<SafetensorsFile> {
  return await withFile(path, async (file) => {
    const { size } = await file.stat();
    const refuse = (problem: string): never => {
      throw new CheckpointError(path, `${problem}; the file is damaged or not safetensors: ${cure}`);
    };
    const refuseOther = async (problem: string): Promise<never> => {
      const other = otherFile(await readExactly(file, path, 0, Math.min(size, tellingBytes)));
      if (other) throw new CheckpointError(path, `must be safetensors, got ${other.what}; ${other.cure}`);
      return refuse(problem);
    };
    if (size < lengthBytes + 2) return refuse(`must hold at least ${lengthBytes + 2} bytes, got ${size}`);
    const length = (await readExactly(file, path, 0, lengthBytes)).readBigUInt64LE(0);
    if (length > BigInt(maxHeaderBytes))
      return await refuseOther(`the header must be at most ${maxHeaderBytes} bytes, got ${length}`);
    if (length > BigInt(size - lengthBytes)) {
      return await refuseOther(`the header of ${length} bytes must fit into the file, which has ${size} bytes`);
    }
    const json = await readExactly(file, path, lengthBytes, Number(length));
    return { path, ...parseSafetensorsHeader(json, size, path, cure) };
  });
}

/** A file's tensors as they are found by name. @throws CheckpointError when there is none of that name. */
function safetensorsEntry(file: SafetensorsFile, name: string): SafetensorsEntry {
  const entry = file.entries.get(name);
  if (!entry) throw new CheckpointError(file.path, `must hold the tensor ${name}, which is missing`);
  return entry;
}

/** Reads a tensor's numbers from the one at `first` on, as f32. */
type ReadFloats = (first: number, into: Float32Array) => Promise<void>;

/**
 * Opens a floating-point tensor to be read in parts as f32, whatever float type it is stored in.
 * @throws CheckpointError when it is missing, not of a float type, or the file has become shorter
 */
export async function withFloats(
  file: SafetensorsFile,
  name: string,
  use: (read: ReadFloats) => Promise<void>,
): Promise<void> {
  const { dtype, start } = safetensorsEntry(file, name);
  const widen = floatFormats[dtype];
  if (!widen) {
    const known = Object.keys(floatFormats).join(', ');
    throw new CheckpointError(file.path, `${name}: dtype must be one of ${known}, got ${dtype}; convert the file`);
  }
  const width = dtypeBytes[dtype];
  const step = chunkBytes / width;
  await withFile(file.path, (handle) =>
    use(async (first, into) => {
      for (let done = 0; done < into.length; done += step) {
        const part = into.subarray(done, done + step);
        const bytes = await readExactly(handle, file.path, start + (first + done) * width, part.length * width);
        widen(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), part.length, part);
      }
    }),
  );
}

/** A whole floating-point tensor as f32. @throws CheckpointError as `withFloats` does */
export async function readFloats(file: SafetensorsFile, name: string): Promise<Float32Array> {
  const values = new Float32Array(elements(safetensorsEntry(file, name).shape));
  await withFloats(file, name, (read) => read(0, values));
  return values;
}

/**
 * A tensor's bytes as they are stored: little-endian, row-major, in a buffer of their own (so aligned for any view).
 * @throws CheckpointError when it is missing or the file has become shorter
 */
export async function readBytes(file: SafetensorsFile, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const { start, end } = safetensorsEntry(file, name);
  return await withFile(file.path, (handle) => readExactly(handle, file.path, start, end - start));
}

/**
 * Writes a safetensors file in one step (see `writeAtomically`). Equal contents give equal bytes.
 * @param metadata its `sha256`, where it is `openSeal`, becomes the file's hash
 * @throws CheckpointError when a shape does not fit its data, or the file cannot be written; an earlier file is intact.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const list = [...tensors].map(([name, tensor]) => ({ name, ...tensor }));
  for (const { name, shape, data } of list) {
    if (elements(shape) !== data.length) {
      throw new CheckpointError(path, `${name}: [${shape}] holds ${elements(shape)} values, got ${data.length}`);
    }
  }
  const { bytes, order } = encodeSafetensorsHeader(list, metadata);
  const parts = order.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  if (metadata.sha256 === openSeal) seal(bytes, parts);
  await writeAtomically(path, async (file) => {
    await file.writeFile(bytes);
    // At the current position, so after what was written before; `writeFile` goes on after short writes.
    for (const part of parts) await file.writeFile(part);
  });
}

/** Opens a file, uses it and closes it; what the system refuses becomes a CheckpointError. */
async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    const file = await openGuarded(path);
    try {
      return await use(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof FileRefusal)
      throw new CheckpointError(path, `${error.rule}; check the path`, { cause: error });
    const code = errorCode(error);
    if (code === undefined) throw error;
    const problem = code === 'ENOENT' ? 'does not exist' : `cannot be read, got ${(error as Error).message}`;
    throw new CheckpointError(path, `${problem}; check the path`, { cause: error });
  }
}

async function readExactly(
  file: FileHandle,
  path: string,
  position: number,
  length: number,
): Promise<Buffer<ArrayBuffer>> {
  // Not `Buffer.allocUnsafe`: its shared pool would leave views of wider types unaligned.
  const buffer = Buffer.from(new ArrayBuffer(length));
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, Math.min(length - done, 1 << 30), position + done);
    if (bytesRead === 0) {
      throw new CheckpointError(path, `must hold ${position + length} bytes, got ${position + done}; it was cut short`);
    }
    done += bytesRead;
  }
  return buffer;
}
