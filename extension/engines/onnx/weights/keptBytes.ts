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
import type { FrozenTensor } from '../../../graph/tensor.ts';
import type { Graph } from '../../../graph/value.ts';
import type { OutlierChannels } from '../../engine.ts';
import type { WeightBytes } from '../lowering/int8Product.ts';
import { engineVersion } from '../native/engineFacts.ts';
import {
  type Int8Weights,
  inMemory,
  madeParts,
  neededParts,
  type PlacedPart,
  type WeightPart,
  weightsOf,
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
 * are made in memory. What is multiplied forward has a file of its own, which training and evaluation share; so have the
 * columns that are multiplied in f32.
 * @param dtype of the bytes
 * @param folder that external locations are relative to; undefined: any
 * @throws Error when a weight has no values or its file cannot be read
 */
export async function int8Weights(
  graph: Graph,
  frozen: ReadonlyMap<string, FrozenTensor>,
  { dtype, folder, outliers }: BytesWanted,
): Promise<{ readonly weights: Int8Weights; readonly folder: string | undefined }> {
  const parts = neededParts(graph, frozen, outliers);
  const kinds = ['forward', 'backward', 'columns'] as const;
  const layouts = kinds.map((wanted) => layOut(parts.filter(({ kind }) => kind === wanted)));
  const large = layouts.filter(({ bytes }) => bytes >= keptFromBytes);
  const files = await keptFiles(large, dtype);
  let mappedFolder = folder;
  const placed: PlacedPart[] = [];
  const others: WeightPart[] = [];
  for (const layout of layouts) {
    const file = files.get(layout);
    const root = file && parse(file).root;
    if (file && root && (mappedFolder ?? root) === root) {
      mappedFolder = root;
      placed.push(...mapped(layout, locationIn(root, file)));
    } else others.push(...layout.places.map(({ part }) => part));
  }
  placed.push(...(await inMemory(others, dtype)));
  return { weights: weightsOf(placed, dtype), folder: mappedFolder };
}

interface BytesWanted {
  readonly dtype: WeightBytes;
  readonly folder: string | undefined;
  readonly outliers?: OutlierChannels | undefined;
}

/** What lies in one file. */
interface Layout {
  /** Each part, and where its arrays begin. */
  readonly places: readonly { readonly part: WeightPart; readonly offsets: readonly number[] }[];
  readonly bytes: number;
}

function layOut(parts: readonly WeightPart[]): Layout {
  let bytes = 0;
  const places = parts.map((part) => {
    const [rows, columns] = part.shape;
    const lengths = part.kind === 'columns' ? [4 * rows * columns] : [rows * columns, 4 * columns];
    const offsets = lengths.map((length) => {
      const offset = aligned(bytes);
      bytes = offset + length;
      return offset;
    });
    return { part, offsets };
  });
  return { places, bytes };
}

const mapped = ({ places }: Layout, location: string): PlacedPart[] =>
  places.map(({ part, offsets }) => ({
    part,
    arrays: offsets.map((offset) => ({ kind: 'external', location, offset })),
  }));

/** Files with what is laid out, made where there is none or it is damaged; without those that cannot be kept. */
async function keptFiles(layouts: readonly Layout[], dtype: WeightBytes): Promise<ReadonlyMap<Layout, string>> {
  const found = new Map<Layout, string>();
  const folder = join(cacheFolder(process.env), 'int8');
  try {
    const wanted = await Promise.all(
      layouts.map(async (layout) => {
        const name = join(folder, await keyOf(layout, dtype));
        return { layout, file: `${name}.bytes`, stampFile: `${name}.stamp.json` };
      }),
    );
    const missing = wanted.filter(({ layout, file, stampFile }) => !isWhole(file, stampFile, layout.bytes));
    if (missing.length > 0) {
      makeFolder(folder);
      sweepLeftovers(folder, /\.[0-9a-f]{8}\.tmp$/);
      makeRoom(
        folder,
        missing.reduce((sum, { layout }) => sum + layout.bytes, 0),
      );
      await write(missing, dtype);
      for (const { file, stampFile } of missing) {
        writeJsonAtomic(stampFile, { version: 1, stamp: fileStamp(file).stamp }, false);
      }
    }
    for (const { layout, file, stampFile } of wanted) {
      // Its time tells when the bytes were last used.
      const now = new Date();
      utimesSync(stampFile, now, now);
      found.set(layout, realpathSync(file));
    }
  } catch {
    // A cache that cannot be read or written costs time, never a run; what is wrong with the weights is found again.
  }
  return found;
}

/** A text that is another one for other weights, other products with them, or another way of quantising. */
async function keyOf({ places }: Layout, dtype: WeightBytes): Promise<string> {
  const digest = createHash('sha256').update(JSON.stringify([2, engineVersion(), dtype]));
  for (const { part } of places) {
    const { name, kind, tensor, channels } = part;
    digest.update(JSON.stringify([name, kind, tensor.shape, channels]));
    if (tensor.kind === 'memory') digest.update(tensor.data);
    else digest.update(`${await keptHash(tensor.file)} ${tensor.offset}`);
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

/**
 * Writes files aside, all of them one weight at a time, so that each weight is read once, and puts them in place: two
 * processes at once write the same.
 */
async function write(
  files: readonly { readonly layout: Layout; readonly file: string }[],
  dtype: WeightBytes,
): Promise<void> {
  const open: { readonly file: string; readonly aside: string; readonly descriptor: number }[] = [];
  const places = new Map<WeightPart, { readonly descriptor: number; readonly offsets: readonly number[] }>();
  try {
    for (const { layout, file } of files) {
      const aside = `${file}.${randomBytes(4).toString('hex')}.tmp`;
      const descriptor = openSync(aside, 'wx');
      open.push({ file, aside, descriptor });
      for (const { part, offsets } of layout.places) places.set(part, { descriptor, offsets });
    }
    for await (const { part, arrays } of madeParts([...places.keys()], dtype)) {
      const { descriptor, offsets } = places.get(part)!;
      for (const [i, array] of arrays.entries()) writeAll(descriptor, array, offsets[i]!);
    }
  } catch (error) {
    for (const { aside, descriptor } of open) {
      closeSync(descriptor);
      rmSync(aside, { force: true });
    }
    throw error;
  }
  for (const { file, aside, descriptor } of open) {
    closeSync(descriptor);
    renameSync(aside, file);
  }
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
