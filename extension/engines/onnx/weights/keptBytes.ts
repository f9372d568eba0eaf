import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { join, parse } from 'node:path';
import * as z from 'zod';
import { keptHash } from '../../../checkpoint/keptHash.ts';
import { readJsonFile, writeJsonAtomic } from '../../../files/atomicFile.ts';
import { cacheFolder } from '../../../files/cacheFolder.ts';
import { fileStamp } from '../../../files/fileStamp.ts';
import { sweepLeftovers } from '../../../files/leftovers.ts';
import { makeFolder } from '../../../files/makeFolder.ts';
import type { ProductDirection } from '../../../graph/frozenProduct.ts';
import type { FrozenTensor } from '../../../graph/tensor.ts';
import type { Graph } from '../../../graph/value.ts';
import type { WeightBytes } from '../lowering/int8Product.ts';
import { engineVersion } from '../native/engineFacts.ts';
import {
  type Int8Matrix,
  type Int8Weights,
  inMemory,
  type NeededBytes,
  neededBytes,
  quantized,
} from './int8Weights.ts';
import { locationIn } from './weights.ts';

/** Fewer bytes are made sooner than a file of them is found; more, a process would hold once as values and once as a model. */
export const keptFromBytes = 4 << 20;

/** What the files may take together; the one used least recently goes first. */
const mostBytes = 8 * 2 ** 30;

const alignment = 64;

const aligned = (offset: number): number => Math.ceil(offset / alignment) * alignment;

/** Says that a file of bytes is whole, for as long as its size, times and inode stay as they are. */
const storedStamp = z.object({ version: z.literal(1), stamp: z.string() });

/**
 * The quantised weights of a graph. Many bytes lie in files of the folder for caches, which the engine maps: made once for
 * all runs of the model, and never a part of the ONNX model, which cannot hold 2 GiB. Where a file cannot be kept, they
 * are made in memory. What is multiplied forward has a file of its own, which training and evaluation share.
 * @param dtype of the bytes
 * @param folder that external locations are relative to; undefined: any
 * @throws Error when a weight has no values or its file cannot be read
 */
export async function int8Weights(
  graph: Graph,
  frozen: ReadonlyMap<string, FrozenTensor>,
  dtype: WeightBytes,
  folder: string | undefined,
): Promise<{ readonly weights: Int8Weights; readonly folder: string | undefined }> {
  const needed = neededBytes(graph, frozen);
  let mappedFolder = folder;
  const ofDirection = async (direction: ProductDirection): Promise<ReadonlyMap<string, Int8Matrix>> => {
    const wanted = needed.filter((one) => one.direction === direction);
    const layout = layOut(wanted);
    if (layout.bytes >= keptFromBytes) {
      const file = await keptFile(wanted, layout, dtype);
      const root = file && parse(file).root;
      if (file && root && (mappedFolder ?? root) === root) {
        mappedFolder = root;
        return mapped(layout, dtype, locationIn(root, file));
      }
    }
    return await inMemory(wanted, dtype);
  };
  const weights = { forward: await ofDirection('forward'), backward: await ofDirection('backward') };
  return { weights, folder: mappedFolder };
}

interface Layout {
  readonly places: readonly { readonly of: NeededBytes; readonly values: number; readonly scales: number }[];
  readonly bytes: number;
}

function layOut(needed: readonly NeededBytes[]): Layout {
  let bytes = 0;
  const places = needed.map((of) => {
    const [rows, columns] = of.shape;
    const values = aligned(bytes);
    const scales = aligned(values + rows * columns);
    bytes = scales + 4 * columns;
    return { of, values, scales };
  });
  return { places, bytes };
}

function mapped({ places }: Layout, dtype: WeightBytes, location: string): ReadonlyMap<string, Int8Matrix> {
  const at = (offset: number) => ({ kind: 'external', location, offset }) as const;
  return new Map(
    places.map(({ of: { name, shape }, values, scales }) => [
      name,
      { dtype, shape, values: at(values), scales: at(scales) },
    ]),
  );
}

/** The file with these bytes, made where there is none or it is damaged; undefined where it cannot be kept. */
async function keptFile(
  needed: readonly NeededBytes[],
  layout: Layout,
  dtype: WeightBytes,
): Promise<string | undefined> {
  const folder = join(cacheFolder(process.env), 'int8');
  const key = await keyOf(needed, dtype);
  const [file, stampFile] = [join(folder, `${key}.bytes`), join(folder, `${key}.stamp.json`)];
  try {
    if (!isWhole(file, stampFile, layout.bytes)) {
      makeFolder(folder);
      sweepLeftovers(folder, /\.[0-9a-f]{8}\.tmp$/);
      makeRoom(folder, layout.bytes);
      await write(file, layout, quantized(needed, dtype));
      writeJsonAtomic(stampFile, { version: 1, stamp: fileStamp(file).stamp }, false);
    }
    // Its time tells when the bytes were last used.
    const now = new Date();
    utimesSync(stampFile, now, now);
    return realpathSync(file);
  } catch {
    // A cache that cannot be read or written costs time, never a run; what is wrong with the weights is found again.
    return undefined;
  }
}

/** A text that is another one for other weights, other products with them, or another way of quantising. */
async function keyOf(needed: readonly NeededBytes[], dtype: WeightBytes): Promise<string> {
  const digest = createHash('sha256').update(JSON.stringify([1, engineVersion, dtype]));
  for (const { name, direction, tensor } of needed) {
    digest.update(JSON.stringify([name, direction, tensor.shape]));
    if (tensor.kind === 'file') digest.update(`${await keptHash(tensor.file)} ${tensor.offset}`);
    else digest.update(tensor.data);
  }
  return digest.digest('hex').slice(0, 32);
}

function isWhole(file: string, stampFile: string, bytes: number): boolean {
  const known = readJsonFile(stampFile, storedStamp);
  if (known.kind !== 'ok') return false;
  try {
    const { size, stamp } = fileStamp(file);
    return size === bytes && stamp === known.value.stamp;
  } catch {
    return false;
  }
}

/** Writes the bytes aside, one weight at a time, and puts them in place: two processes at once write the same. */
async function write(file: string, { places }: Layout, weights: ReturnType<typeof quantized>): Promise<void> {
  const aside = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  const descriptor = openSync(aside, 'wx');
  try {
    let next = 0;
    for await (const { values, scales } of weights) {
      const place = places[next++]!;
      writeAll(descriptor, values, place.values);
      writeAll(descriptor, scales, place.scales);
    }
  } catch (error) {
    closeSync(descriptor);
    rmSync(aside, { force: true });
    throw error;
  }
  closeSync(descriptor);
  renameSync(aside, file);
}

function writeAll(descriptor: number, { buffer, byteOffset, byteLength }: ArrayBufferView, at: number): void {
  const bytes = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done, bytes.length - done, at + done);
}

/** Removes the files used least recently, as far as all would be too large with a new one. */
function makeRoom(folder: string, bytes: number): void {
  const kept = readdirSync(folder)
    .filter((name) => name.endsWith('.bytes'))
    .map((name) => {
      const file = join(folder, name);
      const stampFile = file.replace(/bytes$/, 'stamp.json');
      const used = statSync(stampFile, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      return { file, stampFile, used, size: statSync(file, { throwIfNoEntry: false })?.size ?? 0 };
    })
    .sort((a, b) => b.used - a.used);
  let total = bytes;
  for (const { file, stampFile, size } of kept) {
    total += size;
    if (total > mostBytes) for (const one of [file, stampFile]) rmSync(one, { force: true });
  }
}
