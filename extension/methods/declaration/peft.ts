import type * as z from 'zod';
import { checkpointName, sourceOf } from '../../models/checkpointNames.ts';
import { familyOf } from '../../models/families.ts';
import type { ModelDimensions } from '../../models/model/dimensions.ts';
import type { Site, TensorSpec } from '../../models/model/tensors.ts';

/** A tensor as PEFT stores it. */
export interface PeftTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** One method as PEFT stores it: fields of `adapter_config.json`, and tensors by their keys behind `wrapper`. */
export interface PeftAdapter {
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, PeftTensor>;
}

/** What is written: a method's added tensors with their values. */
export interface PeftSubject<Options> {
  readonly options: Options;
  readonly dimensions: ModelDimensions;
  readonly added: readonly TensorSpec[];
  /** Where PEFT finds the layer to which a tensor is added. */
  layerOf(spec: TensorSpec): PeftLayer;
  values(name: string): Float32Array;
}

/** What is read: an adapter's config and the tensors in it that have our names. */
export interface StoredPeft {
  /** @throws when the config says something that is not understood */
  config<Config>(schema: z.ZodType<Config>): Config;
  has(name: string): boolean;
  readonly dimensions: ModelDimensions;
  readonly backbone: readonly TensorSpec[];
}

/** How PEFT stores a method as an adapter of its own. */
export interface PeftCodec<Options> {
  /** `peft_type` */
  readonly type: string;
  /**
   * What precedes a module's path in the keys. Prompt methods wrap the model once, the others twice.
   * @see https://huggingface.co/docs/peft/developer_guides/checkpoint
   */
  readonly wrapper: 'base_model.' | 'base_model.model.';
  /** Why PEFT cannot run the method with these options. */
  obstacle?(options: Options, model: ModelDimensions): string | undefined;
  write(subject: PeftSubject<Options>): PeftAdapter;
  /** Our tensors, by name, in the one at `key`, which stands without `wrapper`; what is wrong with it otherwise. */
  readonly packed?: {
    readonly key: string;
    unpack(tensor: PeftTensor, dimensions: ModelDimensions): ReadonlyMap<string, Float32Array> | string;
  };
  /**
   * What one of several layers of ours has of the tensor that PEFT stores at `suffix` for all of them; undefined: it is
   * as if nothing was tuned there. What is wrong with the tensor otherwise.
   */
  part?(suffix: string, tensor: PeftTensor, part: PeftPart): Float32Array | string | undefined;
  /** Options of the entries that give such an adapter: several where blocks differ. */
  read(stored: StoredPeft): readonly Readonly<Record<string, unknown>>[];
}

/** A method whose tensors PEFT stores as whole modules: alone, or as `modules_to_save` beside another's adapter. */
export interface PeftModules<Options> extends Pick<PeftCodec<Options>, 'type' | 'wrapper' | 'obstacle' | 'read'> {
  /** What precedes the last step of a key where no other adapter is there. */
  readonly infix: string;
}

export const isAdapter = <Options>(
  codec: PeftCodec<Options> | PeftModules<Options> | undefined,
): codec is PeftCodec<Options> => codec !== undefined && !('infix' in codec);

/** Linear layers to which an adapter adds a tensor of some suffix. */
export const layersWith = ({ backbone, has }: StoredPeft, suffix: string): readonly TensorSpec[] =>
  backbone.filter(({ name, role }) => role === 'weight' && has(name.replace(/weight$/, suffix)));

/** Whether linear layers lie [in,out] in the model that PEFT adapts, as GPT-2's `Conv1D` has them. */
export const liesTurned = (model: ModelDimensions): boolean =>
  familyOf(model)
    .build(model)
    .tensors.some((spec) => sourceOf(model, spec).transposed);

/**
 * The layer of the Hugging Face model in which a linear layer of ours lies: it alone, or beside others, as query, key
 * and value of GPT-2 lie in `c_attn`.
 */
interface PeftLayer {
  /** As task models call it: `transformer.h.0.attn.c_attn`. */
  readonly path: string;
  readonly outputs: number;
  /** Those of its outputs that are ours, `end` exclusive. */
  readonly start: number;
  readonly end: number;
}

/** Such a layer of ours, by one of its tensors. */
export interface PeftPart extends PeftLayer {
  readonly spec: TensorSpec;
}

/** @param weight of a linear layer */
export function peftPart(model: ModelDimensions, weight: TensorSpec): PeftPart {
  const { name, shape, slice, transposed } = sourceOf(model, weight);
  const outputs = shape[transposed ? 1 : 0]!;
  const path = checkpointName(model, { name, site: weight.site }).replace(/\.weight$/, '');
  return { path, outputs, start: slice?.start ?? 0, end: slice?.end ?? outputs, spec: weight };
}

/** Groups what a method adds by the layers of the Hugging Face model that it adds it to. */
export function byLayer(
  { layerOf }: Pick<PeftSubject<unknown>, 'layerOf'>,
  added: readonly TensorSpec[],
): ReadonlyMap<string, readonly PeftPart[]> {
  const layers = new Map<string, PeftPart[]>();
  for (const spec of added) {
    const layer = layerOf(spec);
    layers.set(layer.path, [...(layers.get(layer.path) ?? []), { ...layer, spec }]);
  }
  return layers;
}

/** What a part of a layer has of a tensor with a row for each of the layer's outputs; what is wrong with it otherwise. */
export function rowsOf({ shape, data }: PeftTensor, { outputs, start, end }: PeftLayer): Float32Array | string {
  if (shape[0] !== outputs) return `must have ${outputs} rows for this model, got [${shape}]`;
  const width = data.length / outputs;
  return data.slice(start * width, end * width);
}

/** Groups tensors by the blocks in which their sites occur; sites outside the blocks join the first group. */
export function siteGrids(specs: readonly TensorSpec[], backbone: readonly TensorSpec[]) {
  const inBlocks = new Map<Site, number[]>();
  const outside = new Set<Site>();
  for (const { site, layer } of specs) {
    if (layer === null) outside.add(site);
    else if (!inBlocks.get(site)?.includes(layer)) inBlocks.set(site, [...(inBlocks.get(site) ?? []), layer]);
  }
  const blocks = new Set(backbone.flatMap(({ layer }) => (layer === null ? [] : [layer]))).size;
  const groups = new Map<string, { sites: Site[]; layers: { readonly layers?: readonly number[] } }>();
  for (const [site, layers] of inBlocks) {
    const group = groups.get(layers.join()) ?? { sites: [], layers: layers.length === blocks ? {} : { layers } };
    group.sites.push(site);
    groups.set(layers.join(), group);
  }
  if (outside.size > 0) {
    const first = [...groups.values()][0];
    if (first) first.sites.push(...outside);
    else groups.set('', { sites: [...outside], layers: {} });
  }
  return [...groups.values()];
}
