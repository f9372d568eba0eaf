import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelOutline } from '../../methods/method.ts';
import { type FreshTensor, matchCheckpoint } from '../../models/checkpointNames.ts';
import type { ModelDimensions } from '../../models/dimensions.ts';
import { taskTensors } from '../../models/families.ts';
import type { HeadKind } from '../../models/model.ts';
import type { TensorSpec } from '../../models/tensors.ts';
import type { FrozenTensor } from '../executor.ts';
import { CheckpointError } from './checkpointError.ts';
import { floatFormats } from './floatFormats.ts';
import { initialValues, modelInitializer } from './initialize.ts';
import { readModelConfig } from './modelConfig.ts';
import { readFloats } from './safetensors.ts';
import { openWeights, type WeightEntry } from './weightFiles.ts';

/** A Hugging Face model folder whose files are all there; no weights are read yet. */
export interface ModelFolder {
  readonly folder: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly dimensions: ModelDimensions;
  /** Every tensor of the weight files, as stored. */
  readonly entries: readonly WeightEntry[];
}

/** What the weights are to be used for. */
export interface ModelUse {
  readonly head: HeadKind;
  /** C logits, or the vocabulary. */
  readonly outputs: number;
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
  /** Pooler and head tensors that begin at random, with why. */
  readonly fresh: readonly FreshTensor[];
  /** Keys of the checkpoint that this task does not use. */
  readonly skipped: readonly string[];
  /**
   * The values of one tensor, from the file (widened to f32) or initialised.
   * @throws CheckpointError when the file cannot be read
   */
  read(name: string): Promise<Float32Array>;
  /** Whether an engine may read a tensor where it lies: f32 in a file. */
  isMapped(name: string): boolean;
  /**
   * Tensors for an engine to keep: f32 ones stay in their file (its real path), others are widened into memory.
   * @throws CheckpointError when a file cannot be read
   */
  frozen(names: Iterable<string>): Promise<Map<string, FrozenTensor>>;
}

/**
 * Opens a model folder: `config.json`, `tokenizer.json`, and `model.safetensors` or its shards.
 * @throws CheckpointError · ModelConfigError
 */
export async function openModel(folder: string): Promise<ModelFolder> {
  const { config, dimensions } = await readModelConfig(folder);
  if (dimensions.architecture === 'gpt2') {
    throw new CheckpointError(
      folder,
      'gpt2 models can only be counted; to train, choose a bert, roberta, distilbert or electra',
    );
  }
  const tokenizer = join(folder, 'tokenizer.json');
  await access(tokenizer).catch((cause: unknown) => {
    const convert = `python -c "from transformers import AutoTokenizer; AutoTokenizer.from_pretrained('.').save_pretrained('.')"`;
    throw new CheckpointError(tokenizer, `does not exist; make it in the model's folder with: ${convert}`, { cause });
  });
  return { folder, config, dimensions, entries: await openWeights(folder) };
}

/**
 * Finds every tensor of a task's model in the folder's weights.
 * @throws CheckpointError naming every tensor that is missing, surplus, or of the wrong shape or dtype
 */
export function modelWeights(model: ModelFolder, use: ModelUse): ModelWeights {
  const { dimensions } = model;
  const match = matchCheckpoint(dimensions, use.head, use.outputs, model.entries);
  const problems = [...match.problems];
  for (const { name, dtype } of match.found.values()) {
    if (!floatFormats[dtype]) {
      problems.push(`${name}: dtype must be one of ${Object.keys(floatFormats).join(', ')}, got ${dtype}`);
    }
  }
  if (use.head === 'masked-lm' && model.config.tie_word_embeddings === false) {
    problems.push('config.json tie_word_embeddings: must be true for masked-lm, got false; choose another model');
  }
  if (problems.length > 0) throw new CheckpointError(model.folder, problems);

  const { backbone, pooler, head } = taskTensors(dimensions, use.head, use.outputs);
  const fresh = new Map(match.fresh.map(({ spec }) => [spec.name, spec]));
  const specs = new Map([...backbone, ...pooler, ...head].map((spec) => [spec.name, spec]));

  const read = async (name: string): Promise<Float32Array> => {
    const entry = match.found.get(name);
    if (entry) return await readFloats(entry.file, entry.name);
    const spec = fresh.get(name);
    if (!spec) throw new RangeError(`the model has no tensor ${name}`);
    return initialValues(spec, modelInitializer(dimensions, spec), use.seed);
  };

  const isMapped = (name: string): boolean => match.found.get(name)?.dtype === 'F32';

  return {
    outline: { dimensions, tensors: backbone },
    pooler,
    head,
    fresh: match.fresh,
    skipped: match.skipped,
    read,
    isMapped,
    frozen: async (names) => {
      const result = new Map<string, FrozenTensor>();
      for (const name of names) {
        const entry = match.found.get(name);
        result.set(
          name,
          entry && isMapped(name)
            ? { kind: 'file', file: entry.file.path, offset: entry.start, shape: entry.shape }
            : { kind: 'memory', data: await read(name), shape: specs.get(name)!.shape },
        );
      }
      return result;
    },
  };
}
