import { closeSync, readSync, realpathSync, statSync } from 'node:fs';
import { parse, relative, sep } from 'node:path';
import { openGuardedSync } from '../../../files/guardedFile.ts';
import type { FrozenTensor } from '../../../graph/tensor.ts';

/** How a session gets a frozen tensor. */
export type Placement =
  /** Mapped by the engine from a file below the session's folder: no copy in memory. */
  | { readonly kind: 'external'; readonly location: string; readonly offset: number }
  /** Written into the model. */
  | { readonly kind: 'embedded'; readonly data: Float32Array }
  /** Passed at every run: the engine reads the host's memory without a copy. */
  | { readonly kind: 'fed'; readonly data: Float32Array };

export interface Placements {
  /** The folder that external locations are relative to, the root of a drive; undefined when nothing is external. */
  readonly folder: string | undefined;
  readonly byName: ReadonlyMap<string, Placement & { readonly shape: readonly number[] }>;
}

/** Up to here a tensor is written into the model: a copy that small costs nothing and engines can fold it. */
const embeddedBytes = 64 * 1024;

const refetch = 'fetch the file again';

const byteLength = (shape: readonly number[]): number => 4 * shape.reduce((n, dim) => n * dim, 1);

/**
 * Decides where a session's frozen tensors come from. Tensors in files are mapped in place. The engine takes one
 * folder only and refuses locations that leave it, also through symbolic links: so links are resolved first, and the
 * folder is the root of the drive; where files lie on several drives, the one with most bytes is mapped and the tensors
 * of the others are read into memory.
 * @param roomBytes how much of larger tensors may be written into the model too: a device would be sent what is fed at
 * every run
 * @throws Error when a file cannot be read or is too short for a tensor.
 */
export function placeWeights(frozen: ReadonlyMap<string, FrozenTensor>, roomBytes = 0): Placements {
  const files = new Map<string, WeightFile>();
  const fileOf = (path: string): WeightFile => {
    const real = files.get(path) ?? realFile(path);
    files.set(path, real);
    return real;
  };

  const bytesByRoot = new Map<string, number>();
  for (const [name, tensor] of frozen) {
    if (tensor.kind !== 'file') continue;
    const { path, size } = fileOf(tensor.file);
    const bytes = byteLength(tensor.shape);
    if (tensor.offset + bytes > size) {
      const got = Math.max(0, size - tensor.offset);
      throw new Error(`${path}: ${name} must have ${bytes} bytes at offset ${tensor.offset}, got ${got}; ${refetch}`);
    }
    const { root } = parse(path);
    bytesByRoot.set(root, (bytesByRoot.get(root) ?? 0) + bytes);
  }
  const folder = [...bytesByRoot].sort(([, a], [, b]) => b - a)[0]?.[0];

  let leftBytes = roomBytes;
  const place = (tensor: FrozenTensor): Placement => {
    if (tensor.kind === 'file') {
      const { path } = fileOf(tensor.file);
      if (parse(path).root === folder)
        return { kind: 'external', location: locationIn(folder, path), offset: tensor.offset };
    }
    const data = frozenValues(tensor);
    if (data.byteLength <= embeddedBytes) return { kind: 'embedded', data };
    if (data.byteLength > leftBytes) return { kind: 'fed', data };
    leftBytes -= data.byteLength;
    return { kind: 'embedded', data };
  };
  const byName = [...frozen].map(([name, tensor]) => [name, { ...place(tensor), shape: tensor.shape }] as const);
  return { folder, byName: new Map(byName) };
}

/** How the engine wants the place of a file below a folder; of both without links. */
export const locationIn = (folder: string, file: string): string => relative(folder, file).split(sep).join('/');

interface WeightFile {
  /** Free of symbolic links. */
  readonly path: string;
  readonly size: number;
}

function realFile(file: string): WeightFile {
  const path = realpathSync(file);
  return { path, size: statSync(path).size };
}

/** A frozen tensor's values in memory. @throws Error when its file cannot be read or ends too early. */
export function frozenValues(tensor: FrozenTensor): Float32Array {
  if (tensor.kind === 'memory') return tensor.data;
  const { file: path, offset, shape } = tensor;
  const bytes = new Uint8Array(byteLength(shape));
  const descriptor = openGuardedSync(path);
  try {
    // One read may return less than asked for, and never more than 2 GiB.
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(descriptor, bytes, done, Math.min(bytes.length - done, 2 ** 30), offset + done);
      if (read === 0) throw new Error(`${path}: ends at ${offset + done} while it is read; ${refetch}`);
      done += read;
    }
  } finally {
    closeSync(descriptor);
  }
  return new Float32Array(bytes.buffer);
}
