import { realpathSync, statSync } from 'node:fs';
import { parse, relative, sep } from 'node:path';
import { elements, type FrozenTensor } from '../../../graph/tensor.ts';
import { frozenValues, refetch, storedBytes } from '../../frozenValues.ts';

/** How a session gets a frozen tensor. */
export type Placement =
  | ExternalPlacement
  /** Written into the model. */
  | DataPlacement<'embedded'>
  /** Passed at every run: the engine reads the host's memory without a copy. */
  | DataPlacement<'fed'>;

/** Mapped by the engine from a file below the session's folder: no copy in memory. */
interface ExternalPlacement {
  readonly kind: 'external';
  readonly location: string;
  readonly offset: number;
  readonly shape: readonly number[];
}

interface DataPlacement<Kind> {
  readonly kind: Kind;
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

export interface Placements {
  /** The folder that external locations are relative to, the root of a drive; undefined when nothing is external. */
  readonly folder: string | undefined;
  readonly byName: ReadonlyMap<string, Placement>;
}

/** Up to here a tensor is written into the model: a copy that small costs nothing and engines can fold it. */
const embeddedBytes = 64 * 1024;

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
    if (tensor.kind === 'memory') continue;
    const { path, size } = fileOf(tensor.file);
    const bytes = storedBytes(tensor);
    if (tensor.offset + bytes > size) {
      const got = Math.max(0, size - tensor.offset);
      throw new Error(`${path}: ${name} must have ${bytes} bytes at offset ${tensor.offset}, got ${got}; ${refetch}`);
    }
    if (tensor.kind === 'narrow') continue;
    const { root } = parse(path);
    bytesByRoot.set(root, (bytesByRoot.get(root) ?? 0) + bytes);
  }
  const folder = [...bytesByRoot].sort(([, a], [, b]) => b - a)[0]?.[0];

  let leftBytes = roomBytes;
  const place = (tensor: FrozenTensor): Placement => {
    const { shape } = tensor;
    if (tensor.kind === 'file') {
      const { path } = fileOf(tensor.file);
      if (parse(path).root === folder)
        return { kind: 'external', location: locationIn(folder, path), offset: tensor.offset, shape };
    }
    const bytes = 4 * elements(shape);
    const isSmall = bytes <= embeddedBytes;
    if (!isSmall && bytes > leftBytes) return inMemory('fed', tensor);
    if (!isSmall) leftBytes -= bytes;
    return inMemory('embedded', tensor);
  };
  return { folder, byName: new Map([...frozen].map(([name, tensor]) => [name, place(tensor)])) };
}

/** Read when a model is found to need it, and once: bytes may stand for most weights. */
function inMemory<Kind>(kind: Kind, tensor: FrozenTensor): DataPlacement<Kind> {
  let data: Float32Array | undefined;
  return {
    kind,
    shape: tensor.shape,
    get data() {
      data ??= frozenValues(tensor);
      return data;
    },
  };
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
