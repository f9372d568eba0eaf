import { sameShape } from '../graph/dims.ts';
import { familyOf, taskTensors } from './families.ts';
import type { ModelDimensions } from './model/dimensions.ts';
import { type HeadKind, writingHead } from './model/model.ts';
import { plainSource, type TensorSource } from './model/tensorSource.ts';
import type { TensorSpec } from './model/tensors.ts';

/** Constants that older versions of the library saved with the weights. */
const buffers = /^embeddings\.(position_ids|token_type_ids)$/;

/** What DataParallel and torch.compile put around a model, and so into its names. */
const wrappers = /(?<=^|\.)(module|_orig_mod)\./g;

type Family = Pick<ModelDimensions, 'architecture'>;

/**
 * Our name of a checkpoint's tensor: no wrapper's or architecture's prefix, `gamma` and `beta` as `weight` and `bias`.
 */
export function canonicalName(model: Family, key: string): string {
  const { prefix } = familyOf(model).checkpoint;
  const own = key.replace(wrappers, '');
  const bare = own.startsWith(prefix) ? own.slice(prefix.length) : own;
  return bare.replace(/LayerNorm\.gamma$/, 'LayerNorm.weight').replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
}

/** What a task model's checkpoint calls one of our tensors: heads stand beside the backbone, all else in it. */
export function checkpointName(model: Family, { name, site }: Pick<TensorSpec, 'name' | 'site'>): string {
  return site === 'head' ? name : `${familyOf(model).checkpoint.prefix}${name}`;
}

/** Where one of our tensors lies in a checkpoint of its family. */
export const sourceOf = (model: ModelDimensions, spec: TensorSpec): TensorSource =>
  familyOf(model).checkpoint.source?.(spec, model) ?? plainSource(spec);

/** A tensor of a checkpoint that is to be written, and those of ours that it is made of. */
export interface ComposedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly parts: readonly { readonly name: string; readonly source: TensorSource }[];
}

/** The tensors that a task model's checkpoint has, each with what lies in it. */
export const composedTensors = (model: ModelDimensions, specs: readonly TensorSpec[]): readonly ComposedTensor[] =>
  compose(specs, (spec) => {
    const source = sourceOf(model, spec);
    return { name: checkpointName(model, { name: source.name, site: spec.site }), source };
  });

/** Puts together what lies in one tensor. */
export function compose(
  specs: readonly TensorSpec[],
  place: (spec: TensorSpec) => { readonly name: string; readonly source: TensorSource },
): readonly ComposedTensor[] {
  const composed = new Map<string, ComposedTensor>();
  for (const spec of specs) {
    const { name, source } = place(spec);
    const parts = [...(composed.get(name)?.parts ?? []), { name: spec.name, source }];
    composed.set(name, { name, shape: source.shape, parts });
  }
  return [...composed.values()];
}

/** A tensor as a checkpoint lists it. */
interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Why a tensor of a base model's new head is fresh. */
export const notInCheckpoint = 'not in the checkpoint';

/** A pooler or head tensor that gets fresh values, and why. */
export interface FreshTensor {
  readonly spec: TensorSpec;
  readonly reason: string;
}

/** One of our tensors, and where it lies. */
interface FoundTensor<T extends StoredTensor> {
  readonly stored: T;
  readonly source: TensorSource;
}

interface CheckpointMatch<T extends StoredTensor> {
  /** By our names. */
  readonly found: ReadonlyMap<string, FoundTensor<T>>;
  readonly fresh: readonly FreshTensor[];
  /** Keys of buffers and of heads that this task does not use. */
  readonly skipped: readonly string[];
  /** What is odd about the checkpoint's names, and does no harm. */
  readonly notes: readonly string[];
  /** What keeps the checkpoint from being used; empty when it fits. */
  readonly problems: readonly string[];
}

/**
 * Finds each tensor of a task's model among a checkpoint's. A head or pooler that is absent as a whole is left to be
 * initialised, and so is the last layer of a head made for another number of outputs; everything else must fit.
 */
export function matchCheckpoint<T extends StoredTensor>(
  model: ModelDimensions,
  head: HeadKind,
  outputs: number,
  stored: Iterable<T>,
): CheckpointMatch<T> {
  const family = familyOf(model);
  const parts = taskTensors(model, head, outputs);
  const wanted = [...parts.backbone, ...parts.pooler, ...parts.head].map((spec) => sourceOf(model, spec).name);
  const { byName, skipped, surplus, wrapped, twice } = sortStored(model, new Set(wanted), stored);

  const found = new Map<string, FoundTensor<T>>();
  const fresh: FreshTensor[] = [];
  const missing = new Set<string>();
  const misfits = new Set<string>();
  const take = (spec: TensorSpec, mayBeFresh: boolean, refit?: (rows: number) => readonly number[]) => {
    const source = sourceOf(model, spec);
    const tensor = byName.get(source.name);
    if (!tensor && mayBeFresh) fresh.push({ spec, reason: notInCheckpoint });
    else if (!tensor) missing.add(source.name);
    else if (sameShape(tensor.shape, source.shape)) found.set(spec.name, { stored: tensor, source });
    else if (refit && sameShape(tensor.shape, refit(tensor.shape[0] ?? 0))) {
      fresh.push({ spec, reason: `the checkpoint's has ${tensor.shape[0]} outputs, this task ${outputs}` });
    } else {
      const rule = `must be [${source.shape}] as config.json says, got [${tensor.shape}]`;
      misfits.add(`${tensor.name}: ${rule}; check that both belong together`);
    }
  };
  /** Whether nothing of a head or pooler is there: half of one is a fault. */
  const isAbsent = (specs: readonly TensorSpec[]) => !specs.some((spec) => byName.has(sourceOf(model, spec).name));
  for (const spec of parts.backbone) take(spec, false);
  for (const spec of parts.pooler) take(spec, isAbsent(parts.pooler));
  const shared = family.heads[head]?.(model, outputs).shared;
  const isShared = ({ name }: TensorSpec) => shared !== undefined && name.startsWith(`${shared}.`);
  for (const [i, spec] of parts.head.entries()) {
    const together = parts.head.filter((other) => isShared(other) === isShared(spec));
    take(spec, isAbsent(together), (rows) => family.heads[head]!(model, rows).tensors[i]!.shape);
  }

  const note = family.note?.(model);
  const kind = `a ${family.name} of this config.json`;
  return {
    found,
    fresh,
    skipped: [...skipped, ...surplus].sort(),
    notes: [...wrapperNote(wrapped), ...surplusNote(surplus, kind), ...(note ? [note] : [])],
    problems: [...twice, ...misfits, ...missingProblem([...missing], surplus, kind)],
  };
}

/** A checkpoint's tensors by what they are to a task. */
interface SortedTensors<T> {
  /** Those that are wanted, by their canonical names. */
  readonly byName: ReadonlyMap<string, T>;
  /** Keys of buffers, and of what other tasks use. */
  readonly skipped: readonly string[];
  /** Keys that the family does not know. */
  readonly surplus: readonly string[];
  /** What other programs put around the names. */
  readonly wrapped: ReadonlySet<string>;
  /** A problem for each tensor that is there under two names. */
  readonly twice: readonly string[];
}

function sortStored<T extends StoredTensor>(
  model: ModelDimensions,
  wanted: ReadonlySet<string>,
  stored: Iterable<T>,
): SortedTensors<T> {
  const { unused } = familyOf(model).checkpoint;
  const aliases = aliasesOf(model);
  const byName = new Map<string, T>();
  const underAlias = new Map<string, T>();
  const skipped: string[] = [];
  const surplus: string[] = [];
  const twice: string[] = [];
  const wrapped = new Set<string>();
  for (const tensor of stored) {
    const name = canonicalName(model, tensor.name);
    for (const [wrapper] of tensor.name.matchAll(wrappers)) wrapped.add(wrapper);
    const alias = aliases.get(name);
    const twin = byName.get(name);
    if (wanted.has(name)) {
      if (twin) twice.push(`${tensor.name}: stored twice, also as ${twin.name}; remove one of them`);
      byName.set(name, tensor);
    } else if (alias !== undefined && wanted.has(alias)) {
      underAlias.set(alias, tensor);
    } else if (buffers.test(name) || unused.test(name)) {
      skipped.push(tensor.name);
    } else {
      surplus.push(tensor.name);
    }
  }
  for (const [name, tensor] of underAlias) {
    if (byName.has(name)) skipped.push(tensor.name);
    else byName.set(name, tensor);
  }
  return { byName, skipped, surplus, wrapped, twice };
}

/** Our names by others that stand for them in this model: where the output weights are not the word table, theirs does not. */
function aliasesOf(model: ModelDimensions): ReadonlyMap<string, string> {
  const { checkpoint, heads } = familyOf(model);
  const own = heads[writingHead]?.(model, model.vocabulary).tensors ?? [];
  return new Map(Object.entries(checkpoint.aliases).filter(([alias]) => !own.some(({ name }) => name === alias)));
}

/** Tensors that a checkpoint holds under their own name and under another one too. */
export function twinsOf<T extends StoredTensor>(
  model: ModelDimensions,
  stored: Iterable<T>,
): readonly { readonly own: T; readonly other: T }[] {
  const byName = new Map([...stored].map((tensor) => [canonicalName(model, tensor.name), tensor]));
  return [...aliasesOf(model)].flatMap(([alias, name]) => {
    const [own, other] = [byName.get(name), byName.get(alias)];
    return own && other ? [{ own, other }] : [];
  });
}

/** Some names in a sentence: `a, b, c and 12 more`. */
const someOf = (names: readonly string[]): string =>
  names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;

function missingProblem(missing: readonly string[], surplus: readonly string[], kind: string): readonly string[] {
  if (missing.length === 0) return [];
  const others = surplus.length > 0 ? `; it holds ${someOf(surplus)} instead: check model_type` : '';
  const them = missing.length === 1 ? 'it' : 'them';
  const rule = `must hold every tensor of ${kind}, got none named ${someOf(missing)}${others}`;
  return [`${rule}; use a checkpoint that holds ${them}`];
}

const wrapperNote = (wrapped: ReadonlySet<string>): readonly string[] =>
  wrapped.size === 0 ? [] : [`names of tensors are read without ${[...wrapped].join(' and ')}`];

function surplusNote(surplus: readonly string[], kind: string): readonly string[] {
  if (surplus.length === 0) return [];
  const count = surplus.length === 1 ? '1 tensor is' : `${surplus.length} tensors are`;
  return [`${count} left out, since ${kind} has none of that name: ${someOf(surplus)}`];
}
