import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Wanted } from './download.ts';
import { type DownloadOptions, fromHub, isRepositoryName, isRevision } from './fromHub.ts';
import { CachedRepository, isMissing } from './hubCache.ts';
import {
  badModelId,
  badRevision,
  folderGone,
  folderNotFound,
  offlineAndNotCached,
  repositoryText,
} from './hubErrors.ts';
import { hubSettings } from './hubSettings.ts';
import {
  essentialFiles,
  type ModelPart,
  neededFiles,
  readShardNames,
  weightsFile,
  weightsIndexFile,
} from './modelFiles.ts';
import type { HubEnvironment } from './proxies.ts';

export interface ResolveOptions extends DownloadOptions {
  /** Branch, tag or commit; default `main`. */
  readonly revision?: string | undefined;
  /** Where it was found before, and is found again or not at all: a folder, or the hub. */
  readonly from?: 'folder' | 'hub' | undefined;
  /** Relative folders start here: the config's folder. */
  readonly baseFolder: string;
  readonly environment: HubEnvironment;
  /** The needed part; default `model`: weights and tokenizer too. */
  readonly part?: ModelPart | undefined;
}

/**
 * The folder of a model: a folder as it stands, or a hub id's snapshot in the shared Hugging Face cache, downloaded
 * there first where it is missing. A branch or tag that is in the cache is used as it is, without asking the hub.
 * @throws HubError
 */
export async function resolveModel(model: string, options: ResolveOptions): Promise<string> {
  const folder = resolve(options.baseFolder, model);
  if (options.from !== 'hub' && (await isFolder(folder))) return folder;
  if (options.from === 'folder') throw folderGone(model, folder);
  if (/^(\.{1,2}([/\\]|$)|[/\\~]|[a-zA-Z]:)|\\|\/$|\/.*\//.test(model)) throw folderNotFound(model, folder);
  if (!isRepositoryName(model)) throw badModelId(model);
  const revision = options.revision ?? 'main';
  if (!isRevision(revision)) throw badRevision(revision);

  const settings = hubSettings(options.environment);
  const repository = { kind: 'model', name: model } as const;
  const cached = new CachedRepository(settings.cache, repository);
  const part = options.part ?? 'model';
  const commit = await cached.commit(revision);
  const missing = commit === undefined ? undefined : await missingFiles(cached, commit, part);
  if (commit !== undefined && missing?.length === 0) return cached.snapshot(commit);
  if (settings.offline) {
    // A snapshot without tokenizer.json is as good as it gets here: the tokenizer loader says what it can do with it.
    if (commit !== undefined && missing?.every((file) => file === 'tokenizer.json')) return cached.snapshot(commit);
    throw offlineAndNotCached(
      repositoryText(repository, revision),
      settings.cache,
      missing ?? [],
      settings.offline === 'looks',
    );
  }
  const wanted: Wanted = {
    choose: (present) => neededFiles(model, present, part),
    named: async (snapshot, file) => (file === weightsIndexFile ? await readShardNames(snapshot) : []),
  };
  return cached.snapshot(await fromHub({ repository, revision, folder }, settings, cached, wanted, options));
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Missing files of a snapshot, with the shards that its index names. */
async function missingFiles(cached: CachedRepository, commit: string, part: ModelPart): Promise<string[]> {
  const missing: string[] = [];
  for (const alternatives of essentialFiles(part)) {
    const found = await Promise.all(alternatives.map((file) => cached.has(commit, file)));
    if (!found.includes(true)) missing.push(alternatives[0]!);
  }
  const indexed = part === 'model' && !(await cached.has(commit, weightsFile));
  if (indexed && (await cached.has(commit, weightsIndexFile))) {
    for (const shard of await readShardNames(cached.snapshot(commit)))
      if (!(await cached.has(commit, shard))) missing.push(shard);
  }
  return missing;
}
