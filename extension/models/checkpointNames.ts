import { sameShape } from '../graph/dims.ts';
import type { ModelDimensions } from './dimensions.ts';
import { familyOf, taskTensors } from './families.ts';
import type { HeadKind } from './model.ts';
import type { TensorSpec } from './tensors.ts';

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

/** A tensor as a checkpoint lists it. */
export interface StoredTensor {
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

export interface CheckpointMatch<T extends StoredTensor> {
  /** Our name → the tensor in the checkpoint. */
  readonly found: ReadonlyMap<string, T>;
  readonly fresh: readonly FreshTensor[];
  /** Keys of buffers and of heads that this task does not use. */
  readonly skipped: readonly string[];
  /** What is odd about the checkpoint's names, and does no harm. */
  readonly notes: readonly string[];
  /** What keeps the checkpoint from being used; empty when it fits. */
  readonly problems: readonly string[];
}

/** Some names in a sentence: `a, b, c and 12 more`. */
const someOf = (names: readonly string[]): string =>
  names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;

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
  const { unused, aliases } = family.checkpoint;
  const { backbone, pooler, head: headTensors } = taskTensors(model, head, outputs);
  const wanted = new Set([...backbone, ...pooler, ...headTensors].map((spec) => spec.name));
  const problems: string[] = [];
  const skipped: string[] = [];
  const surplus: string[] = [];
  const missing: string[] = [];
  const wrapped = new Set<string>();
  const byName = new Map<string, T>();
  const underAlias = new Map<string, T>();
  for (const tensor of stored) {
    const name = canonicalName(model, tensor.name);
    for (const [wrapper] of tensor.name.matchAll(wrappers)) wrapped.add(wrapper);
    const alias = aliases[name];
    const twin = byName.get(name);
    if (wanted.has(name)) {
      if (twin) problems.push(`${tensor.name}: stored twice, also as ${twin.name}; remove one of them`);
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

  const found = new Map<string, T>();
  const fresh: FreshTensor[] = [];
  const place = (
    spec: TensorSpec,
    whenAbsent: 'initialise' | 'refuse',
    refit?: (rows: number) => readonly number[],
  ) => {
    const tensor = byName.get(spec.name);
    if (tensor && sameShape(tensor.shape, spec.shape)) {
      found.set(spec.name, tensor);
    } else if (tensor && refit && sameShape(tensor.shape, refit(tensor.shape[0] ?? 0))) {
      fresh.push({ spec, reason: `the checkpoint's has ${tensor.shape[0]} outputs, this task ${outputs}` });
    } else if (tensor) {
      problems.push(
        `${tensor.name}: must be [${spec.shape}] as config.json says, got [${tensor.shape}]; check that both belong together`,
      );
    } else if (whenAbsent === 'initialise') {
      fresh.push({ spec, reason: notInCheckpoint });
    } else {
      missing.push(spec.name);
    }
  };
  const group = (specs: readonly TensorSpec[]) =>
    specs.some((spec) => byName.has(spec.name)) ? ('refuse' as const) : ('initialise' as const);
  for (const spec of backbone) place(spec, 'refuse');
  for (const spec of pooler) place(spec, group(pooler));
  headTensors.forEach((spec, i) => {
    place(spec, group(headTensors), (rows) => family.heads[head]!(model, rows).tensors[i]!.shape);
  });
  const kind = `a ${model.architecture} of this config.json`;
  if (missing.length > 0) {
    const others = surplus.length > 0 ? `; it holds ${someOf(surplus)} instead: check model_type` : '';
    problems.push(
      `must hold every tensor of ${kind}, got none named ${someOf(missing)}${others}; use a checkpoint that holds ${missing.length === 1 ? 'it' : 'them'}`,
    );
  }
  const notes: string[] = [];
  if (wrapped.size > 0) notes.push(`names of tensors are read without ${[...wrapped].join(' and ')}`);
  if (surplus.length > 0) {
    const count = surplus.length === 1 ? '1 tensor is' : `${surplus.length} tensors are`;
    notes.push(`${count} left out, since ${kind} has none of that name: ${someOf(surplus)}`);
  }
  return { found, fresh, skipped: [...skipped, ...surplus].sort(), notes, problems };
}
