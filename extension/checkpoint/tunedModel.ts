import { resolve } from 'node:path';
import { elements } from '../graph/tensor.ts';
import type { AddedTensor, ConfiguredMethod, ModelOutline } from '../methods/declaration/method.ts';
import { modulesOf } from '../methods/entries/entries.ts';
import { foldStored, inOrder, storedMethods } from '../methods/entries/union.ts';
import { taskTensors } from '../models/families.ts';
import type { ModelDimensions } from '../models/model/dimensions.ts';
import type { HeadKind } from '../models/model/model.ts';
import type { TensorSpec } from '../models/model/tensors.ts';
import type { TaskName } from '../tasks/registry.ts';
import type { LabelNames } from '../tasks/rows/labels.ts';
import { CheckpointError } from './format/checkpointError.ts';
import { type ModelFolder, type ModelWeights, modelWeights } from './modelFolder.ts';

/** A frozen model and what was tuned on it, as it is kept. */
export interface TunedModel {
  readonly model: ModelFolder;
  /** As the config names it: a folder or a hub id. */
  readonly modelName: string;
  readonly task: TaskName;
  readonly head: HeadKind;
  readonly labels: LabelNames;
  /** C logits, or the vocabulary. */
  readonly outputs: number;
  /** In their stored form: a prefix without its MLP. */
  readonly methods: readonly ConfiguredMethod[];
  /** Stored method tensors and the head's, also the pooler's where it was trained or the checkpoint has none. */
  readonly tensors: ReadonlyMap<string, Float32Array>;
  /** The run that tuned it, and after which step; absent for adapters of other programs and of 0.1.0. */
  readonly origin?: { readonly run: string; readonly step: number };
  /** λ, where its terms stand at start + λ·change and not as they were trained. */
  readonly scale?: number;
}

/** The parts of a tuned model, by declaration. */
export interface TunedParts {
  readonly outline: ModelOutline;
  /** In the order in which a union applies and merges them. */
  readonly methods: readonly ConfiguredMethod[];
  /** Tensors that the methods add. */
  readonly added: readonly AddedTensor[];
  /** Tensors of the backbone that the methods tune, each once. */
  readonly unfrozen: readonly TensorSpec[];
  readonly pooler: readonly TensorSpec[];
  readonly head: readonly TensorSpec[];
}

/** @throws MethodError when an option does not fit the model. */
export function tunedParts(
  dimensions: ModelDimensions,
  head: HeadKind,
  outputs: number,
  configured: readonly ConfiguredMethod[],
): TunedParts {
  const { backbone, ...rest } = taskTensors(dimensions, head, outputs);
  const outline = { dimensions, tensors: backbone };
  const methods = inOrder(configured);
  const modules = modulesOf(outline, methods);
  const unfrozen = new Map(modules.flatMap(({ unfrozen }) => unfrozen.map((spec) => [spec.name, spec])));
  const added = modules.flatMap(({ added }) => added);
  return { outline, methods, added, unfrozen: [...unfrozen.values()], ...rest };
}

/** The declared parts of a tuned model that is open. */
export const partsOf = (tuned: Pick<TunedModel, 'model' | 'head' | 'outputs' | 'methods'>): TunedParts =>
  tunedParts(tuned.model.dimensions, tuned.head, tuned.outputs, tuned.methods);

/** Every tensor that the forward pass may ask for. */
export const allTensors = ({ outline, pooler, head, added }: TunedParts): readonly TensorSpec[] => [
  ...outline.tensors,
  ...pooler,
  ...head,
  ...added,
];

/**
 * The tensors that are kept after training: each method's stored form, and every tensor of no method unchanged.
 * @param trained values by name, as the executor gives them
 */
export function storedForm(
  outline: ModelOutline,
  methods: readonly ConfiguredMethod[],
  trained: ReadonlyMap<string, Float32Array>,
): { readonly methods: readonly ConfiguredMethod[]; readonly tensors: ReadonlyMap<string, Float32Array> } {
  const stored = storedMethods(methods);
  const added = (list: readonly ConfiguredMethod[]) =>
    new Set(modulesOf(outline, list).flatMap(({ added }) => added.map(({ name }) => name)));
  const kept = added(stored);
  const folded = [...added(methods)].filter((name) => !kept.has(name));
  const tensors = new Map([...trained].filter(([name]) => !folded.includes(name)));
  foldStored(outline, methods, {
    read: (name) => {
      const values = trained.get(name);
      if (!values)
        throw new RangeError(`${name} must be among the trained tensors, got ${[...trained.keys()].join(', ')}`);
      return values;
    },
    write: (name, values) => void tensors.set(name, values),
  });
  return { methods: stored, tensors };
}

/**
 * Compares tensors with what the model and methods declare: everything tuned and the head must be there, the pooler
 * may be, nothing else.
 * @returns problems, none when all fits
 */
export function tensorProblems(parts: TunedParts, shapes: ReadonlyMap<string, readonly number[]>): readonly string[] {
  const required = [...parts.unfrozen, ...parts.added, ...parts.head];
  const allowed = new Map([...required, ...parts.pooler].map((spec) => [spec.name, spec]));
  const problems: string[] = [];
  for (const { name } of required) {
    if (!shapes.has(name)) problems.push(`${name}: is missing; the file is incomplete: save or download it again`);
  }
  for (const [name, shape] of shapes) {
    const spec = allowed.get(name);
    if (!spec) problems.push(`${name}: belongs to none of its methods nor to the head; it is of another model or run`);
    else if (spec.shape.join() !== shape.join()) {
      problems.push(`${name}: must be [${spec.shape}], got [${shape}]; it is of another model`);
    }
  }
  return problems;
}

/** The frozen model's weights as the tuned one uses them; its fresh tensors must be among the tuned ones. */
export function baseWeights(tuned: Omit<TunedModel, 'task'>): ModelWeights {
  const { model, head, outputs, tensors } = tuned;
  const weights = modelWeights(model, { head, outputs, seed: 0 });
  const lacking = weights.fresh.filter(({ spec }) => !tensors.has(spec.name));
  if (lacking.length > 0) {
    throw new CheckpointError(
      model.folder,
      lacking.map(({ spec, reason }) => `${spec.name}: must be in the tuned tensors, since it is ${reason}`),
    );
  }
  return weights;
}

/** Tuned tensors, and what was drawn for want of it in the checkpoint and stayed frozen, as a pooler may: no file has it. */
export async function withDrawn(
  { fresh, read }: Pick<ModelWeights, 'fresh' | 'read'>,
  tuned: ReadonlyMap<string, Float32Array>,
): Promise<ReadonlyMap<string, Float32Array>> {
  const values = new Map(tuned);
  for (const { spec } of fresh) if (!values.has(spec.name)) values.set(spec.name, await read(spec.name));
  return values;
}

/** Where others find the base: a model of the hub at its commit, or a folder from wherever it is loaded. */
export function whereBase({ model, modelName }: TunedModel): {
  readonly model: string;
  readonly commit: string | null;
} {
  const commit = /[/\\]snapshots[/\\]([0-9a-f]{40})$/.exec(model.folder)?.[1];
  return commit ? { model: modelName, commit } : { model: resolve(model.folder), commit: null };
}

/** @throws CheckpointError when the tensors are not those that the methods and the task declare */
export function checkTuned(tuned: TunedModel): void {
  const parts = partsOf(tuned);
  const specs = new Map(allTensors(parts).map((spec) => [spec.name, spec]));
  const shapes = new Map(
    [...tuned.tensors].map(([name, { length }]) => {
      const shape = specs.get(name)?.shape;
      return [name, shape && elements(shape) === length ? shape : [length]];
    }),
  );
  const problems = tensorProblems(parts, shapes);
  if (problems.length > 0) throw new CheckpointError(tuned.modelName, problems);
}
