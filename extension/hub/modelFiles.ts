import { join } from 'node:path';
import * as z from 'zod';
import { parseBoundedJson } from '../files/boundedJson.ts';
import { FileRefusal, sizeLimits } from '../files/guardedFile.ts';
import { readOnce } from '../files/oneReading.ts';
import { fileMissing, HubError, onlyPickledWeights } from './hubErrors.ts';

export const configFile = 'config.json';
export const weightsFile = 'model.safetensors';
export const weightsIndexFile = 'model.safetensors.index.json';

/** Files that a tokenizer can be read from, the first present one first. */
export const tokenizerSources: readonly string[] = ['tokenizer.json', 'vocab.txt'];

/** Files that overrule it. */
export const tokenizerSettingsFiles: readonly string[] = ['tokenizer_config.json', 'special_tokens_map.json'];

/** How conversations are written; it overrules what `tokenizer_config.json` says of that. */
export const chatTemplateFile = 'chat_template.jinja';

/** Everything that says how text becomes ids, for other programs too; a repository has some of them. */
export const tokenizerFiles: readonly string[] = [
  ...tokenizerSources,
  ...tokenizerSettingsFiles,
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  chatTemplateFile,
];

/** How a language model likes to be sampled. */
export const generationConfigFile = 'generation_config.json';

/** `config`: sizes only, enough for counting. `model`: weights and tokenizer too. */
export type ModelPart = 'config' | 'model';

const weightsIndex = z.object({ weight_map: z.record(z.string(), z.string()) });

/** A file of the repository's top folder; anything else could lead out of the cache. */
const isPlainName = (file: string): boolean => /^[\w.-]+$/.test(file) && !/^\.+$/.test(file);

/**
 * The weight files that the index in the folder names, in order, each once.
 * @throws HubError when it is not an index or names a file outside its folder.
 */
export async function readShardNames(folder: string): Promise<string[]> {
  const file = join(folder, weightsIndexFile);
  const bad = (rule: string) => new HubError('bad-answer', `${file}: ${rule}; delete the file to fetch it again`);
  let content: unknown;
  try {
    content = parseBoundedJson(String(await readOnce(file, sizeLimits.weightsIndex)));
  } catch (error) {
    if (error instanceof FileRefusal) throw bad(error.rule);
    throw bad(`must be JSON, got ${(error as Error).message}`);
  }
  const index = weightsIndex.safeParse(content);
  if (!index.success) throw bad('must have a weight_map from tensor to file');
  const shards = [...new Set(Object.values(index.data.weight_map))].sort();
  const strange = shards.find((shard) => !isPlainName(shard) || !shard.endsWith('.safetensors'));
  if (strange !== undefined) throw bad(`must name .safetensors files beside it, got ${JSON.stringify(strange)}`);
  return shards;
}

/**
 * Which of a repository's files a model needs, small ones first; shards are known only once the index has been read.
 * @throws HubError when there is no config, or no weights that can be read safely.
 */
export function neededFiles(model: string, present: readonly string[], part: ModelPart): string[] {
  if (!present.includes(configFile)) throw fileMissing({ kind: 'model', name: model }, configFile, present);
  if (part === 'config') return [configFile];
  const weights = [weightsFile, weightsIndexFile].find((file) => present.includes(file));
  if (!weights) {
    const pickled = present.find((file) => /^(pytorch_model.*\.bin(\.index\.json)?|.*\.(pt|pth))$/.test(file));
    throw pickled
      ? onlyPickledWeights(model, pickled)
      : fileMissing({ kind: 'model', name: model }, weightsFile, present);
  }
  return [configFile, ...[...tokenizerFiles, generationConfigFile].filter((file) => present.includes(file)), weights];
}

/** Files without which the part cannot be used, as far as they can be told before an index has been read. */
export const essentialFiles = (part: ModelPart): readonly (readonly string[])[] =>
  part === 'config' ? [[configFile]] : [[configFile], tokenizerSources, [weightsFile, weightsIndexFile]];
