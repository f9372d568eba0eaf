import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { BaseIdentity } from '../contract/run.ts';
import {
  chatTemplateFile,
  configFile,
  readShardNames,
  tokenizerSettingsFiles,
  tokenizerSources,
  weightsFile,
  weightsIndexFile,
} from '../hub/modelFiles.ts';
import { keptHash } from './keptHash.ts';

/**
 * The identity of a base model: SHA-256 of every file of its folder that decides what it computes.
 * @param model as the config names it, relative to `baseFolder`
 * @param folder where it was found: that folder itself, else the snapshot of a commit in the hub's cache
 * @throws CheckpointError when a file cannot be read
 */
export async function identifyBase(model: string, baseFolder: string, folder: string): Promise<BaseIdentity> {
  const isFolder = folder === resolve(baseFolder, model);
  const files: Record<string, string> = {};
  for (const name of await decidingFiles(folder)) {
    files[name] = await keptHash(join(folder, name), !name.endsWith('.safetensors'));
  }
  return { commit: isFolder ? null : basename(folder), files };
}

/** Those that are read of a model folder: another tokenizer format lying beside the one in use decides nothing. */
async function decidingFiles(folder: string): Promise<readonly string[]> {
  const isThere = (name: string): boolean => existsSync(join(folder, name));
  const tokenizer = tokenizerSources.find(isThere);
  const settings = [...tokenizerSettingsFiles, chatTemplateFile].filter(isThere);
  const others = [configFile, ...(tokenizer === undefined ? [] : [tokenizer]), ...settings];
  if (isThere(weightsFile)) return [...others, weightsFile];
  return isThere(weightsIndexFile) ? [...others, weightsIndexFile, ...(await readShardNames(folder))] : others;
}

/**
 * In words, how a base differs from the one that is expected; undefined where it does not. Records up to 0.2.0 name
 * no chat template, whether there was one or not.
 */
export function baseDifference(expected: BaseIdentity, found: BaseIdentity): string | undefined {
  const names = [...new Set([...Object.keys(expected.files), ...Object.keys(found.files)])].sort();
  const isUnknown = (name: string): boolean => name === chatTemplateFile && expected.files[name] === undefined;
  const differing = names.filter((name) => expected.files[name] !== found.files[name] && !isUnknown(name));
  const words = differing.map((name) => {
    if (found.files[name] === undefined) return `no ${name}`;
    return expected.files[name] === undefined ? `a ${name} that was not there` : `another ${name}`;
  });
  return words.length === 0 ? undefined : words.join(', ');
}
