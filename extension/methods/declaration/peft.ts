import type * as z from 'zod';
import { sourceOf } from '../../models/checkpointNames.ts';
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
  /** The path of a tensor in the Hugging Face model. */
  keyOf(spec: TensorSpec): string;
  values(name: string): Float32Array;
}

/** What is read: an adapter's config and the tensors in it that have our names. */
export interface StoredPeft {
  /** @throws when the config says something that is not understood */
  config<Config>(schema: z.ZodType<Config>): Config;
  has(name: string): boolean;
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
  /** Options of the entries that give such an adapter: several where blocks differ. */
  read(stored: StoredPeft): readonly Readonly<Record<string, unknown>>[];
}

/** A method whose tensors PEFT stores as whole modules: alone, or as `modules_to_save` beside another's adapter. */
export interface PeftModules extends Pick<PeftCodec<never>, 'type' | 'wrapper' | 'read'> {
  /** What precedes the last step of a key where no other adapter is there. */
  readonly infix: string;
}

export const isAdapter = <Options>(codec: PeftCodec<Options> | PeftModules | undefined): codec is PeftCodec<Options> =>
  codec !== undefined && !('infix' in codec);

/** Linear layers to which an adapter adds a tensor of some suffix. */
export const layersWith = ({ backbone, has }: StoredPeft, suffix: string): readonly TensorSpec[] =>
  backbone.filter(({ name, role }) => role === 'weight' && has(name.replace(/weight$/, suffix)));

/** Whether linear layers lie [in,out] in the model that PEFT adapts, as GPT-2's `Conv1D` has them. */
export const liesTurned = (model: ModelDimensions): boolean =>
  familyOf(model)
    .build(model)
    .tensors.some((spec) => sourceOf(model, spec).transposed);

/** Why PEFT cannot adapt some linear layers: they are one module there, as GPT-2's query, key and value are. */
export function fusedObstacle(model: ModelDimensions, sites: readonly Site[]): string | undefined {
  const { title, build } = familyOf(model);
  const { tensors } = build(model);
  const fused = tensors.find((spec) => sites.includes(spec.site) && sourceOf(model, spec).slice);
  if (!fused) return undefined;
  const module = sourceOf(model, fused).name;
  const parts = tensors.filter((spec) => sourceOf(model, spec).name === module);
  const names = parts.map(({ site }) => site.replace(/^.*\./, ''));
  const together = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return `PEFT adapts ${together} of ${title} together, as the one layer that they are there, not each alone`;
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
