import { existsSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../checkpoint/format/atomicFile.ts';
import { encodeSafetensorsHeader } from '../checkpoint/format/safetensorsHeader.ts';
import { readJson } from '../checkpoint/modelConfig.ts';
import { allTensors, baseWeights, partsOf, type TunedModel } from '../checkpoint/tunedModel.ts';
import { spacedWords } from '../data/tokenizer/textToIds.ts';
import { readTokenizerFiles } from '../data/tokenizer/tokenizerFiles.ts';
import { errorCode } from '../files/failure.ts';
import { sizeLimits } from '../files/guardedFile.ts';
import { makeFolder } from '../files/makeFolder.ts';
import { elements } from '../graph/tensor.ts';
import { tokenizerFiles, weightsFile } from '../hub/modelFiles.ts';
import { mergeObstacle, mergeUnion } from '../methods/entries/union.ts';
import { type ComposedTensor, composedTensors } from '../models/checkpointNames.ts';
import { className, familyOf, taskTensors } from '../models/families.ts';
import { putSource } from '../models/model/tensorSource.ts';
import { findTask } from '../tasks/registry.ts';
import { ExportError } from './exportError.ts';
import { writeConfig, writeGenerationConfig } from './writeConfig.ts';

/** Values of one tensor of backbone, pooler or head, by our name. */
export type Values = (name: string) => Promise<Float32Array>;

/** A model's weights with all that was tuned in them. */
interface MergedValues {
  readonly read: Values;
  /** Tensors that are not the base's, by our names. */
  readonly changed: ReadonlySet<string>;
}

/**
 * Folds every method into the base weights.
 * @throws ExportError when a method cannot be folded
 */
export async function mergedValues(tuned: TunedModel): Promise<MergedValues> {
  const obstacle = mergeObstacle(tuned.model.dimensions, tuned.methods);
  if (obstacle) throw new ExportError(tuned.modelName, obstacle);
  const parts = partsOf(tuned);
  const base = baseWeights(tuned);
  // A fold works at the sites of the tensors that it declares: these are read first, since folding is synchronous.
  const places = new Set(parts.added.map(({ site, layer }) => `${site} ${layer}`));
  const near = new Map<string, Float32Array>();
  for (const { name, site, layer } of parts.outline.tensors) {
    if (places.has(`${site} ${layer}`) && !tuned.tensors.has(name)) near.set(name, await base.read(name));
  }
  const merged = new Map<string, Float32Array>();
  const read = (name: string): Float32Array => {
    const values = merged.get(name) ?? tuned.tensors.get(name) ?? near.get(name);
    if (!values) throw new RangeError(`${name} is not at a site where a method of this model adds anything`);
    return values;
  };
  mergeUnion(parts.outline, parts.methods, { read, write: (name, values) => void merged.set(name, values) });
  return {
    read: async (name) => merged.get(name) ?? tuned.tensors.get(name) ?? near.get(name) ?? (await base.read(name)),
    changed: new Set([
      ...merged.keys(),
      ...[...parts.unfrozen, ...parts.head, ...parts.pooler].map(({ name }) => name),
    ]),
  };
}

/**
 * Writes a Hugging Face model folder in which what was tuned is part of the weights: `config.json` (class, labels),
 * `model.safetensors` (f32, with the keys that transformers expects) and the tokenizer's files.
 * @throws ExportError when a method cannot be folded · CheckpointError when a file cannot be read or written
 */
export async function writeMerged(folder: string, tuned: TunedModel): Promise<void> {
  const { dimensions, config } = mergedModel(tuned);
  const { read } = await mergedValues(tuned);
  const known = new Set(allTensors(partsOf(tuned)).map(({ name }) => name));
  const { backbone, pooler, head } = taskTensors(dimensions, tuned.head, tuned.outputs);
  const specs = [...backbone, ...pooler, ...head];
  const shapes = new Map(specs.map(({ name, shape }) => [name, shape]));
  // What the tuned model lacks are biases of norms to which none was added.
  const values: Values = async (name) =>
    known.has(name) ? await read(name) : new Float32Array(elements(shapes.get(name)!));
  const tensors = composedTensors(dimensions, specs).map((tensor) => ({ ...tensor, dtype: 'F32' as const }));
  makeFolder(folder);
  const { bytes, order } = encodeSafetensorsHeader(tensors, { format: 'pt' });
  await writeAtomically(join(folder, weightsFile), async (file) => {
    await file.writeFile(bytes);
    for (const tensor of order) {
      const data = await composed(tensor, values);
      await file.writeFile(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  });
  await writeConfig(folder, tuned.model.folder, { ...mergedConfig(tuned), ...config });
  await writeTokenizer(folder, tuned);
  await writeGenerationConfig(folder, tuned);
}

/** The model that holds what was tuned: with a bias in every norm where a method gave some a bias. */
function mergedModel(tuned: TunedModel) {
  const { dimensions } = tuned.model;
  const isWider = partsOf(tuned).added.some(({ site, role }) => site.startsWith('norm.') && role === 'bias');
  return (isWider && familyOf(dimensions).normBiases?.(dimensions)) || { dimensions, config: {} };
}

/** The numbers of a checkpoint's tensor: those of one of ours, or of several put together. */
/** The numbers of a tensor that several of ours may lie in. */
export async function composed({ shape, parts }: ComposedTensor, values: Values): Promise<Float32Array> {
  const [only, ...others] = parts;
  const { slice, transposed, offset } = only!.source;
  if (others.length === 0 && !slice && !transposed && !offset) return await values(only!.name);
  const data = new Float32Array(elements(shape));
  for (const { name, source } of parts) putSource(source, await values(name), data);
  return data;
}

/** The base's `config.json` with the class, the labels and the dtype of the merged model. */
export function mergedConfig(tuned: TunedModel): Readonly<Record<string, unknown>> {
  const { torch_dtype: _, ...base } = tuned.model.config;
  const shared = {
    ...base,
    ...padding(tuned),
    architectures: [className(tuned.model.dimensions, tuned.head)],
    dtype: 'float32',
  };
  const { labels: kind, huggingFace } = findTask(tuned.task);
  if (kind === 'none') return shared;
  const labels = tuned.labels.length > 0 ? tuned.labels : Array.from({ length: tuned.outputs }, (_, i) => `LABEL_${i}`);
  return {
    ...shared,
    id2label: Object.fromEntries(labels.map((label, i) => [i, label])),
    label2id: Object.fromEntries(labels.map((label, i) => [label, i])),
    ...(huggingFace.problemType && { problem_type: huggingFace.problemType }),
  };
}

/**
 * The padding token by which transformers finds the last real one of each text, where a classifying decoder's config
 * names none, or -1: the token that ends a text, as usual, or else the one that the batches had.
 */
function padding({ model: { config, dimensions }, head, outputs }: TunedModel): { readonly pad_token_id?: unknown } {
  const family = familyOf(dimensions);
  const { pad_token_id } = config;
  const isNamed = typeof pad_token_id === 'number' && pad_token_id >= 0;
  if (isNamed || family.heads[head]?.(dimensions, outputs).rows !== 'last') return {};
  const { padTokenId } = family.batch(dimensions);
  return { pad_token_id: [config.eos_token_id ?? padTokenId].flat()[0] };
}

/**
 * Copies whichever of the tokenizer's files there are. A tagger's byte-level tokenizer says that a space stands before
 * each word of a list, as the model was trained; transformers would glue them together, or refuse them.
 */
export async function writeTokenizer(folder: string, { model, head }: TunedModel): Promise<void> {
  await copyPresent(tokenizerFiles, model.folder, folder);
  if (head !== 'token') return;
  const { definition } = await readTokenizerFiles(model.folder);
  const spaced = spacedWords(definition.pre_tokenizer);
  if (!spaced) return;
  // Some of transformers' classes go by the one file, some by the other. Those that build a pre-tokenizer themselves
  // divide words before the space is there: a Sequence is read by the class that takes it from its file.
  const plain = spaced.type === 'Sequence' && { tokenizer_class: 'PreTrainedTokenizerFast' };
  await changeJson(join(folder, 'tokenizer_config.json'), (own) => ({ ...own, ...plain, add_prefix_space: true }));
  await changeJson(join(folder, 'tokenizer.json'), (own) => ({ ...own, pre_tokenizer: spaced }));
}

/** Copies whichever of some files there are. */
async function copyPresent(names: readonly string[], from: string, to: string): Promise<void> {
  for (const name of names) {
    try {
      await copyFile(join(from, name), join(to, name));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
}

type JsonObject = Readonly<Record<string, unknown>>;

async function changeJson(file: string, change: (own: JsonObject) => JsonObject): Promise<void> {
  const own = existsSync(file)
    ? ((await readJson(file, 'export again', { limitBytes: sizeLimits.tokenizer })) as JsonObject)
    : {};
  await writeFile(file, `${JSON.stringify(change(own), undefined, 2)}\n`);
}
