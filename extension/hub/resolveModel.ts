import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isCode } from '../files/failure.ts';
import type { Wanted } from './download.ts';
import { type DownloadOptions, fromHub, isRepositoryName, isRevision } from './fromHub.ts';
import { CachedRepository, isMissing } from './hubCache.ts';
import type { HubSubject } from './hubConnection.ts';
import {
  badModelId,
  badRevision,
  folderGone,
  folderNotFound,
  HubError,
  offlineAndNotCached,
  repositoryText,
} from './hubErrors.ts';
import { type HubSettings, hubSettings } from './hubSettings.ts';
import {
  chatTemplateFile,
  essentialFiles,
  generationConfigFile,
  type ModelPart,
  neededFiles,
  readShardNames,
  tokenizerSettingsFiles,
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
 * there first where it is missing. A branch or tag that is in the cache is used as it is; where another program has left out
 * files that say how a text is read or written, the hub is asked for them once.
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
  if (commit !== undefined && missing?.length === 0) {
    // A run's model stays what it was trained on.
    const mayAsk = part === 'model' && !settings.offline && options.from === undefined;
    if (mayAsk) await askForSettings({ repository, revision: commit, folder }, settings, cached, options);
    return cached.snapshot(commit);
  }
  if (settings.offline) {
    // A snapshot without tokenizer.json is as good as it gets here: the tokenizer loader says what it can do with it.
    if (commit !== undefined && missing?.every((file) => file === 'tokenizer.json')) return cached.snapshot(commit);
    const text = repositoryText(repository, revision);
    throw orFolder(
      offlineAndNotCached(text, settings.cache, missing ?? [], settings.offline === 'looks'),
      model,
      folder,
    );
  }
  let listed: readonly string[] = [];
  const wanted: Wanted = {
    choose: (present) => {
      listed = present;
      return neededFiles(model, present, part);
    },
    named: async (snapshot, file) => (file === weightsIndexFile ? await readShardNames(snapshot) : []),
  };
  const found = await fromHub({ repository, revision, folder }, settings, cached, wanted, options).catch((error) => {
    throw orFolder(error, model, folder);
  });
  if (part === 'model') await rememberAbsences(cached, found, listed);
  return cached.snapshot(found);
}

/** A hub that was not asked says nothing of a name: without an owner it is most often meant for a folder. */
function orFolder(error: unknown, model: string, folder: string): unknown {
  if (!(error instanceof HubError) || model.includes('/') || !['offline', 'unreachable'].includes(error.code))
    return error;
  return new HubError(error.code, `${error.message}; if a folder is meant, there is none at ${folder}`, {
    cause: error,
  });
}

/** Files that a model may have or not. */
const settingsFiles = [...tokenizerSettingsFiles, chatTemplateFile, generationConfigFile];

/**
 * Brings what another program has left out of a snapshot, and notes what the hub has not. Who cannot reach the hub goes on
 * without, and is not kept waiting.
 */
async function askForSettings(
  subject: HubSubject,
  settings: HubSettings,
  cached: CachedRepository,
  options: DownloadOptions,
): Promise<void> {
  const commit = subject.revision;
  const isKnown = async (file: string) => existsSync(cached.absence(commit, file)) || (await cached.has(commit, file));
  const known = await Promise.all(settingsFiles.map(isKnown));
  if (!known.includes(false)) return;
  let listed: readonly string[] = [];
  const choose = (present: readonly string[]) => {
    listed = present;
    return settingsFiles.filter((file) => present.includes(file));
  };
  const patience = { retryDelaysMs: [], idleTimeoutMs: 5000 };
  try {
    await fromHub(subject, settings, cached, { choose }, { ...options, patience });
    await rememberAbsences(cached, commit, listed);
  } catch (error) {
    if (!(error instanceof HubError) && !isCode(error, 'EACCES', 'EPERM', 'EROFS')) throw error;
  }
}

async function rememberAbsences(cached: CachedRepository, commit: string, listed: readonly string[]): Promise<void> {
  for (const file of settingsFiles) if (!listed.includes(file)) await cached.rememberAbsence(commit, file);
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
