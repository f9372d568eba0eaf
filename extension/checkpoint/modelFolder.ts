import type { FrozenTensor } from '../graph/tensor.ts';
import type { ModelOutline } from '../methods/declaration/method.ts';
import { type FreshTensor, matchCheckpoint, notInCheckpoint } from '../models/checkpointNames.ts';
import { readDimensions } from '../models/config.ts';
import { constantsOf, familyOf, taskTensors } from '../models/families.ts';
import type { ModelDimensions } from '../models/model/dimensions.ts';
import { type HeadKind, writingHead } from '../models/model/model.ts';
import { mappedStart } from '../models/model/tensorSource.ts';
import type { TensorSpec } from '../models/model/tensors.ts';
import { firstFew } from '../problems/firstFew.ts';
import { CheckpointError } from './format/checkpointError.ts';
import { floatFormats } from './format/floatFormats.ts';
import { dtypeBytes } from './format/safetensorsHeader.ts';
import { headClasses } from './headClasses.ts';
import { initialValues, modelInitializer } from './initialize.ts';
import { readModelConfig } from './modelConfig.ts';
import { readSource } from './readSource.ts';
import { findUntied, type Untied } from './untied.ts';
import { openWeights, type WeightEntry } from './weightFiles.ts';

/** A Hugging Face model folder with its config and weights; no values are read yet. */
export interface ModelFolder {
  readonly folder: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly dimensions: ModelDimensions;
  /** Every tensor of the weight files, as stored. */
  readonly entries: readonly WeightEntry[];
  /** Tensors of two names whose stored values differ, so that they are not one tensor. */
  readonly untied?: readonly Untied[];
}

/** The intended use of the weights. */
interface ModelUse {
  readonly head: HeadKind;
  /** C logits, or the vocabulary. */
  readonly outputs: number;
  /** Names of the classes, where there are any: a checkpoint's head is put in their order, or left out. */
  readonly labels?: readonly string[];
  /** Determines the tensors that the checkpoint lacks. */
  readonly seed: number;
}

/** A model's weights as one task uses them, under our names. */
export interface ModelWeights {
  /** Backbone tensors for methods to choose from, and the model's sizes. */
  readonly outline: ModelOutline;
  /** Read by the head, else empty; counted as head when trained. */
  readonly pooler: readonly TensorSpec[];
  readonly head: readonly TensorSpec[];
  /** Those of the head that have a row, or a number, for each class. */
  readonly perClass: readonly TensorSpec[];
  /** C logits, or the vocabulary. */
  readonly outputs: number;
  /** Pooler and head tensors that begin at random, with why. */
  readonly fresh: readonly FreshTensor[];
  /** Whether the checkpoint's own head is used, for people; undefined where it has none. */
  readonly headText: string | undefined;
  /** Keys of the checkpoint that this task does not use. */
  readonly skipped: readonly string[];
  /** Harmless oddities of the checkpoint's names. */
  readonly notes: readonly string[];
  /**
   * The values of one tensor or constant of the model, from the file (converted to f32), initialised or computed.
   * @throws CheckpointError when the file cannot be read
   */
  read(name: string): Promise<Float32Array>;
  /** Whether a tensor stays in its file until an engine reads it: it lies there in one piece, not turned. */
  isInFile(name: string): boolean;
  /**
   * Tensors for an engine to keep: those that are `isInFile` stay there (its real path), others are converted into memory,
   * one at a time.
   * @throws CheckpointError when a file cannot be read
   */
  frozen(names: Iterable<string>): Promise<Map<string, FrozenTensor>>;
}

/**
 * Opens a model folder: `config.json`, and `model.safetensors` or its shards. Output weights that are stored beside a word
 * table of other values are not tied to it, whatever `config.json` says.
 * @throws CheckpointError · ModelConfigError
 */
export async function openModel(folder: string): Promise<ModelFolder> {
  const { config, dimensions } = await readModelConfig(folder);
  const entries = await openWeights(folder);
  const untied = await findUntied(dimensions, entries);
  if (untied.length === 0 || !(writingHead in familyOf(dimensions).heads)) {
    return { folder, config, dimensions, entries, untied };
  }
  const own = { ...config, tie_word_embeddings: false };
  return { folder, config: own, dimensions: readDimensions(own, folder), entries, untied };
}

/**
 * Finds every tensor of a task's model in the folder's weights.
 * @throws CheckpointError naming every tensor that is missing, surplus, or of the wrong shape or dtype
 */
export function modelWeights(model: ModelFolder, use: ModelUse): ModelWeights {
  const { dimensions, untied = [] } = model;
  const match = matchCheckpoint(dimensions, use.head, use.outputs, model.entries);
  const problems = [...match.problems];
  const stored = new Set([...match.found.values()].map((found) => found.stored));
  for (const { name, dtype } of stored) {
    if (!floatFormats[dtype]) {
      problems.push(`${name}: dtype must be one of ${Object.keys(floatFormats).join(', ')}, got ${dtype}`);
    }
  }
  if (use.head === 'masked-lm' && model.config.tie_word_embeddings === false) {
    problems.push('config.json tie_word_embeddings: must be true for masked-lm, got false; choose another model');
  }
  if (use.head === 'masked-lm') {
    for (const { own, other } of untied) {
      problems.push(`${other}: must equal ${own} for masked-lm, got other values; choose another model`);
    }
  }
  if (problems.length > 0) throw new CheckpointError(model.folder, problems);

  const { backbone, pooler, head } = taskTensors(dimensions, use.head, use.outputs);
  const classes = headClasses(model.config, use.labels ?? []);
  const perClass = perClassOf(dimensions, use);
  const left: FreshTensor[] = [];
  if (classes.kind === 'other') {
    const reason = `the checkpoint's classes are ${firstFew(classes.names, 8)}, this task's ${firstFew(use.labels!, 8)}`;
    for (const spec of perClass) if (match.found.has(spec.name)) left.push({ spec, reason });
  }
  const begun = [...match.fresh, ...left];
  const fresh = new Map(begun.map(({ spec }) => [spec.name, spec]));
  const taken = perClass.map(({ name }) => name).filter((name) => !fresh.has(name));
  const ordered = new Set(classes.kind === 'ordered' ? taken : []);
  const constants = new Map(constantsOf(dimensions).map((tensor) => [tensor.name, tensor]));
  const shapes = new Map(
    [...backbone, ...pooler, ...head, ...constants.values()].map(({ name, shape }) => [name, shape]),
  );

  const read = async (name: string): Promise<Float32Array> => {
    const spec = fresh.get(name);
    const found = spec ? undefined : match.found.get(name);
    if (found) {
      const values = await readSource(found.stored, found.source);
      return classes.kind === 'ordered' && ordered.has(name) ? rowsOf(values, classes.rows) : values;
    }
    const constant = constants.get(name);
    if (constant) return constant.values();
    if (!spec) throw new RangeError(`the model has no tensor ${name}`);
    return initialValues(spec, modelInitializer(dimensions, spec), use.seed);
  };

  const inFile = (name: string): FrozenTensor | undefined => {
    const found = fresh.has(name) || ordered.has(name) ? undefined : match.found.get(name);
    const first = found && mappedStart(found.source);
    if (!found || first === undefined) return undefined;
    const { file, start, dtype } = found.stored;
    const place = { file: file.path, offset: start + dtypeBytes[dtype] * first, shape: shapes.get(name)! };
    if (dtype === 'F32') return { kind: 'file', ...place };
    return dtype === 'BF16' || dtype === 'F16' ? { kind: 'narrow', dtype, ...place } : undefined;
  };

  return {
    outline: { dimensions, tensors: backbone },
    pooler,
    head,
    perClass,
    outputs: use.outputs,
    fresh: begun,
    headText: use.head === 'masked-lm' ? undefined : headText(head, begun, ordered.size > 0),
    skipped: match.skipped,
    notes: [...match.notes, ...(use.head === writingHead ? untied.map(untiedNote) : [])],
    read,
    isInFile: (name) => inFile(name) !== undefined,
    frozen: async (names) => {
      const result = new Map<string, FrozenTensor>();
      for (const name of names) {
        const own = { kind: 'memory', shape: shapes.get(name)! } as const;
        result.set(name, inFile(name) ?? { ...own, data: await read(name) });
      }
      return result;
    },
  };
}

const untiedNote = ({ own, other }: Untied): string =>
  `${other} differs from ${own}: both are used, as with tie_word_embeddings: false`;

/** Tensors of a head that have a row, or a number, for each class. */
function perClassOf(dimensions: ModelDimensions, { head, outputs }: ModelUse): readonly TensorSpec[] {
  const tensorsFor = (classes: number) => taskTensors(dimensions, head, classes).head;
  const other = tensorsFor(outputs + 1);
  return tensorsFor(outputs).filter(({ shape }, i) => shape[0] !== other[i]!.shape[0]);
}

/** Rows of a matrix, or numbers of a vector, in another order. */
function rowsOf(values: Float32Array, rows: readonly number[]): Float32Array {
  const width = values.length / rows.length;
  const result = new Float32Array(values.length);
  for (const [row, from] of rows.entries()) result.set(values.subarray(from * width, (from + 1) * width), row * width);
  return result;
}

function headText(head: readonly TensorSpec[], fresh: readonly FreshTensor[], isOrdered: boolean): string | undefined {
  const reasons = new Map(fresh.map(({ spec, reason }) => [spec.name, reason]));
  const taken = head.filter(({ name }) => !reasons.has(name)).map(({ name }) => name);
  const left = head.filter(({ name }) => reasons.has(name)).map(({ name }) => name);
  const why = left.map((name) => reasons.get(name)!).find((reason) => reason !== notInCheckpoint);
  if (taken.length === 0 && why === undefined) return undefined;
  const parts = [
    ...(taken.length > 0 ? [`${taken.join(', ')} taken from the checkpoint`] : []),
    ...(isOrdered ? ['its classes put in the order of the labels by their names'] : []),
    ...(left.length > 0 ? [`${left.join(', ')} initialised at random${why === undefined ? '' : `: ${why}`}`] : []),
  ];
  return `the head: ${parts.join('; ')}`;
}
