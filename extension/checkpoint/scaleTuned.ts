import { elements } from '../graph/tensor.ts';
import type { TensorSpec } from '../models/model/tensors.ts';
import { UserError } from '../problems/userError.ts';
import { baseWeights, partsOf, type TunedModel, type TunedParts } from './tunedModel.ts';

/** Tensors that have a value in the frozen model, and so a change that can be scaled. */
const scalable = ({ unfrozen, added }: TunedParts): readonly TensorSpec[] => [
  ...unfrozen,
  ...added.filter(({ isOffset }) => isOffset),
];

/** A tensor's values in the frozen model. */
export interface StartTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * Values in the frozen model of what can be scaled, by name.
 * @throws UserError when nothing can be
 */
export async function frozenStart(tuned: TunedModel): Promise<ReadonlyMap<string, StartTensor>> {
  const parts = partsOf(tuned);
  const specs = scalable(parts);
  if (specs.length === 0) {
    const rule = 'scale needs terms with a value in the frozen model, such as those of ln-tuning or bitfit';
    const got = tuned.methods.map(({ method }) => method.name).join(' + ') || 'a head alone';
    throw new UserError(`${rule}, got ${got}; tune a union with one of these`);
  }
  const base = baseWeights(tuned);
  const own = new Set(parts.outline.tensors.map(({ name }) => name));
  const starts = new Map<string, StartTensor>();
  for (const { name, shape } of specs) {
    starts.set(name, { shape, data: own.has(name) ? await base.read(name) : new Float32Array(elements(shape)) });
  }
  return starts;
}

/**
 * The tuned model with start + λ·change in place of each term that has a value in the frozen model: exactly the tuned
 * one at λ = 1. Other terms and the head stay as they are.
 * @see "Fine-tuning Shift Ratio" and rescaled LayerNorm shifts: arXiv 2508.07577
 * @throws UserError when there is no such term
 */
export async function scaleTuned(tuned: TunedModel, scale: number): Promise<TunedModel> {
  const { origin: _, ...rest } = tuned;
  const tensors = new Map(tuned.tensors);
  for (const [name, { data: start }] of await frozenStart(tuned)) {
    const now = tensors.get(name)!;
    tensors.set(
      name,
      start.map((value, i) => (1 - scale) * value + scale * now[i]!),
    );
  }
  return { ...rest, tensors, scale };
}
