import { sameShape } from '../graph/dims.ts';
import { elements } from '../graph/tensor.ts';
import { twinsOf } from '../models/checkpointNames.ts';
import type { ModelDimensions } from '../models/model/dimensions.ts';
import { floatFormats } from './format/floatFormats.ts';
import { withFloats } from './format/safetensors.ts';
import type { WeightEntry } from './weightFiles.ts';

/** Two stored tensors that a checkpoint of their family has as one, by their names there. */
export interface Untied {
  readonly own: string;
  readonly other: string;
}

/** Numbers that are compared at once: 1 MiB. */
const pieceNumbers = 1 << 18;

/**
 * The tensors that are stored under two names with values that differ: transformers then ties neither to the other. Equal
 * ones are read whole, once; of others no more than up to the first difference.
 * @throws CheckpointError when a file cannot be read
 */
export async function findUntied(model: ModelDimensions, entries: readonly WeightEntry[]): Promise<readonly Untied[]> {
  const untied: Untied[] = [];
  for (const { own, other } of twinsOf(model, entries)) {
    if (!(await isEqual(own, other))) untied.push({ own: own.name, other: other.name });
  }
  return untied;
}

async function isEqual(one: WeightEntry, other: WeightEntry): Promise<boolean> {
  if (!sameShape(one.shape, other.shape)) return false;
  // What is no float is refused where it is asked for.
  if (!floatFormats[one.dtype] || !floatFormats[other.dtype]) return true;
  const count = elements(one.shape);
  const [a, b] = [new Float32Array(pieceNumbers), new Float32Array(pieceNumbers)];
  let same = true;
  await withFloats(one.file, one.name, async (readOne) => {
    await withFloats(other.file, other.name, async (readOther) => {
      for (let first = 0; same && first < count; first += pieceNumbers) {
        const [left, right] = [a, b].map((piece) => piece.subarray(0, count - first)) as [Float32Array, Float32Array];
        await Promise.all([readOne(first, left), readOther(first, right)]);
        same = left.every((value, i) => value === right[i]);
      }
    });
  });
  return same;
}
