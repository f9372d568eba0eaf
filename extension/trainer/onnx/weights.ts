import { closeSync, openSync, readSync, realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { FrozenTensor } from '../executor.ts';

/** How a session gets a frozen tensor. */
export type Placement =
  /** Mapped by the engine from a file of the session's folder: no copy in memory. */
  | { readonly kind: 'external'; readonly location: string; readonly offset: number }
  /** Written into the model. */
  | { readonly kind: 'embedded'; readonly data: Float32Array }
  /** Passed at every run: the engine reads the host's memory without a copy. */
  | { readonly kind: 'fed'; readonly data: Float32Array };

export interface Placements {
  /** The folder that external locations are relative to; undefined when nothing is external. */
  readonly folder: string | undefined;
  readonly byName: ReadonlyMap<string, Placement & { readonly shape: readonly number[] }>;
}

/** Up to here a tensor is written into the model: a copy that small costs nothing and engines can fold it. */
const embeddedBytes = 64 * 1024;

const byteLength = (shape: readonly number[]): number => 4 * shape.reduce((n, dim) => n * dim, 1);

/**
 * Decides where a session's frozen tensors come from. Tensors in files are mapped in place. The engine takes one
 * folder only and refuses locations that leave it, also through symbolic links: so links are resolved first, and where
 * the files then lie in several folders (never in the hub cache, whose files all are in `blobs`), the folder with most
 * bytes is mapped and the tensors of the others are read into memory.
 * @throws Error when a file cannot be read or is too short for a tensor.
 */
export function placeWeights(frozen: ReadonlyMap<string, FrozenTensor>): Placements {
  const realPaths = new Map<string, string>();
  const realPath = (file: string) => {
    const known = realPaths.get(file) ?? realpathSync(file);
    realPaths.set(file, known);
    return known;
  };

  const bytesByFolder = new Map<string, number>();
  for (const tensor of frozen.values()) {
    if (tensor.kind !== 'file') continue;
    const folder = dirname(realPath(tensor.file));
    bytesByFolder.set(folder, (bytesByFolder.get(folder) ?? 0) + byteLength(tensor.shape));
  }
  const folder = [...bytesByFolder].sort(([, a], [, b]) => b - a)[0]?.[0];

  const place = (name: string, tensor: FrozenTensor): Placement => {
    if (tensor.kind === 'file') {
      const file = realPath(tensor.file);
      if (dirname(file) === folder) return { kind: 'external', location: basename(file), offset: tensor.offset };
    }
    const data = tensor.kind === 'memory' ? tensor.data : readTensor(name, realPath(tensor.file), tensor);
    return { kind: data.byteLength <= embeddedBytes ? 'embedded' : 'fed', data };
  };
  const byName = [...frozen].map(([name, tensor]) => [name, { ...place(name, tensor), shape: tensor.shape }] as const);
  return { folder, byName: new Map(byName) };
}

function readTensor(
  name: string,
  file: string,
  tensor: { readonly offset: number; readonly shape: readonly number[] },
) {
  const bytes = new Uint8Array(byteLength(tensor.shape));
  const descriptor = openSync(file, 'r');
  try {
    // One read may return less than asked for, and never more than 2 GiB.
    for (let done = 0; done < bytes.length; ) {
      const length = Math.min(bytes.length - done, 2 ** 30);
      const read = readSync(descriptor, bytes, done, length, tensor.offset + done);
      if (read === 0) {
        throw new Error(
          `${file}: ${name} must have ${bytes.length} bytes at offset ${tensor.offset}, got ${done}; fetch the file again`,
        );
      }
      done += read;
    }
  } finally {
    closeSync(descriptor);
  }
  return new Float32Array(bytes.buffer);
}
