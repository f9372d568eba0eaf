import { existsSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TunedModel } from '../checkpoint/tunedModel.ts';
import { loadTokenizer } from '../data/tokenizer/tokenizer.ts';
import { parseBoundedJson } from '../files/boundedJson.ts';
import { readGuarded, sizeLimits } from '../files/guardedFile.ts';
import { configFile, generationConfigFile, tokenizerSources } from '../hub/modelFiles.ts';
import { writingHead } from '../models/model/model.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Writes `config.json`.
 * @param base folder of the model that it was made of
 */
export async function writeConfig(folder: string, base: string, config: JsonObject): Promise<void> {
  const given = String(await readGuarded(join(base, configFile), sizeLimits.tokenizer));
  await writeFile(join(folder, configFile), withFloatsOf(given, config));
}

/**
 * Writes `generation_config.json` of a model that writes text: the base's, with every token that ends a text or an answer.
 * transformers stops at those that the file names, and at no others.
 */
export async function writeGenerationConfig(
  folder: string,
  { model, head }: Pick<TunedModel, 'model' | 'head'>,
): Promise<void> {
  if (head !== writingHead) return;
  const stops = await answerStops(model.folder);
  const [from, to] = [join(model.folder, generationConfigFile), join(folder, generationConfigFile)];
  const isThere = existsSync(from);
  const { bos_token_id, eos_token_id, pad_token_id } = model.config;
  const given = isThere
    ? String(await readGuarded(from, sizeLimits.modelJson))
    : JSON.stringify({ bos_token_id, eos_token_id, pad_token_id });
  const own = parseBoundedJson(given) as JsonObject;
  const named = [own.eos_token_id ?? []].flat();
  const lacking = stops.filter((id) => !named.includes(id));
  if (lacking.length > 0) await writeFile(to, withFloatsOf(given, { ...own, eos_token_id: [...named, ...lacking] }));
  else if (isThere) await copyFile(from, to);
}

/** None for a model that lies without its tokenizer. */
async function answerStops(folder: string): Promise<readonly number[]> {
  const hasTokenizer = tokenizerSources.some((name) => existsSync(join(folder, name)));
  return hasTokenizer ? [...(await loadTokenizer(folder)).answerStopIds] : [];
}

/**
 * A value as JSON in which a number that a file writes as `2.0` is written so again: classes of transformers take no `2`
 * where they ask for a float.
 */
function withFloatsOf(given: string, value: JsonObject): string {
  const floats = [...given.matchAll(/("\w+"):\s*(-?\d+)(\.0+)(?=[\s,}])/g)];
  const text = floats.reduce(
    (at, [, key, whole, zeros]) =>
      at.replace(new RegExp(`${key}: ${whole}(?=[\\s,}])`, 'g'), (written) => `${written}${zeros}`),
    JSON.stringify(value, undefined, 2),
  );
  return `${text}\n`;
}
