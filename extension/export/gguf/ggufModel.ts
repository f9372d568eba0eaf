import { partsOf, type TunedModel } from '../../checkpoint/tunedModel.ts';
import { type ComposedTensor, compose } from '../../models/checkpointNames.ts';
import { familyOf } from '../../models/families.ts';
import type { ModelDimensions } from '../../models/model/dimensions.ts';
import { type GgufLayout, ggufSource, turnHeads } from '../../models/model/ggufLayout.ts';
import { sourceBlock } from '../../models/model/tensorSource.ts';
import type { Site } from '../../models/model/tensors.ts';
import { composed, type Values } from '../merged.ts';

/** A tensor of a GGUF file, and what of ours it is made of. */
export interface GgufModelTensor extends ComposedTensor {
  /** Where its parts are in the model. */
  readonly site: Site;
  /** Heads whose rows lie in llama.cpp's order; absent: rows lie as they do here. */
  readonly turnedHeads?: number | undefined;
}

/** The layout of a family that llama.cpp knows. */
export function ggufLayout(model: ModelDimensions): GgufLayout {
  const layout = familyOf(model).gguf;
  if (layout === undefined) throw new RangeError('llama.cpp does not know the model, which formatRefusal says');
  return layout;
}

/** The tensors of a language model's GGUF file, but for constants. */
export function ggufTensors(
  tuned: Pick<TunedModel, 'model' | 'head' | 'outputs' | 'methods'>,
): readonly GgufModelTensor[] {
  const { dimensions } = tuned.model;
  const layout = ggufLayout(dimensions);
  const specs = partsOf(tuned).outline.tensors;
  const sites = new Map(specs.map(({ name, site }) => [name, site]));
  const heads: Readonly<Partial<Record<Site, number>>> = layout.turnsNeighbours
    ? { 'attention.query': dimensions.heads, 'attention.key': dimensions.kvHeads ?? dimensions.heads }
    : {};
  return compose(specs, (spec) => {
    const source = ggufSource(layout, spec);
    return { name: source.name, source };
  }).map((tensor) => {
    const site = sites.get(tensor.parts[0]!.name)!;
    return { ...tensor, site, turnedHeads: heads[site] };
  });
}

/** A tensor's numbers as they lie in the file. */
export async function ggufValues(tensor: GgufModelTensor, read: Values): Promise<Float32Array> {
  const values = await composed(tensor, read);
  return tensor.turnedHeads === undefined ? values : turnHeads(values, tensor.shape[0]!, tensor.turnedHeads);
}

/** Our tensors in one of the file's: the reverse of `ggufValues`. */
export function partsIn(
  { shape, parts, turnedHeads }: GgufModelTensor,
  stored: Float32Array,
): readonly (readonly [string, Float32Array])[] {
  const values = turnedHeads === undefined ? stored : turnHeads(stored, shape[0]!, turnedHeads, true);
  return parts.map(({ name, source }) => {
    const { width, firstRow, rows } = sourceBlock(source);
    return [name, values.slice(firstRow * width, (firstRow + rows) * width)];
  });
}
