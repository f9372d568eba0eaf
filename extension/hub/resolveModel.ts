import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { downloadModel } from './downloadModel.ts';
import type { DownloadProgress } from './downloadProgress.ts';
import { CachedModel, isMissing } from './hubCache.ts';
import { defaultPatience, HubConnection, type HubPatience } from './hubConnection.ts';
import {
  badModelId,
  badRevision,
  folderGone,
  folderNotFound,
  HubError,
  modelText,
  offlineAndNotCached,
} from './hubErrors.ts';
import { demandUsable, hubSettings } from './hubSettings.ts';
import { essentialFiles, type ModelPart, readShardNames, weightsFile, weightsIndexFile } from './modelFiles.ts';
import type { HubEnvironment } from './proxies.ts';
import { secretsOf, withoutSecrets } from './secrets.ts';

export interface ResolveOptions {
  /** Branch, tag or commit; default `main`. */
  readonly revision?: string | undefined;
  /** Where it was found before, and is found again or not at all: a folder, or the hub. */
  readonly from?: 'folder' | 'hub' | undefined;
  /** Relative folders start here: the config's folder. */
  readonly baseFolder: string;
  readonly environment: HubEnvironment;
  /** What is needed of it; default `model`: weights and tokenizer too. */
  readonly part?: ModelPart | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly patience?: HubPatience | undefined;
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
  if (!isModelId(model)) throw badModelId(model);
  const revision = options.revision ?? 'main';
  if (!/^[\w.-][\w./-]*$/.test(revision) || revision.includes('..')) throw badRevision(revision);

  const settings = hubSettings(options.environment);
  const cached = new CachedModel(settings.cache, model);
  const part = options.part ?? 'model';
  const commit = await cached.commit(revision);
  const missing = commit === undefined ? undefined : await missingFiles(cached, commit, part);
  if (commit !== undefined && missing?.length === 0) return cached.snapshot(commit);
  if (settings.offline) {
    // A snapshot without tokenizer.json is as good as it gets here: the tokenizer loader says what it can do with it.
    if (commit !== undefined && missing?.every((file) => file === 'tokenizer.json')) return cached.snapshot(commit);
    throw offlineAndNotCached(modelText(model, revision), settings.cache, missing ?? []);
  }
  const subject = { model, revision, folder };
  demandUsable(settings);
  const connection = new HubConnection(settings, subject, options.patience ?? defaultPatience, options.signal);
  try {
    return await downloadModel(connection, cached, part, options.onProgress);
  } catch (error) {
    throw withoutSecretsInside(error, secretsOf(settings));
  }
}

/** Whatever a server, a proxy or a library put into it: what leaves the hub client may be printed and kept. */
function withoutSecretsInside(error: unknown, secrets: readonly string[]): unknown {
  if (!(error instanceof Error) || error.name === 'AbortError') return error;
  const message = withoutSecrets(error.message, secrets);
  return error instanceof HubError ? new HubError(error.code, message) : new Error(message);
}

/** As the hub allows them: name or owner/name, no `--` and no `..`. */
function isModelId(model: string): boolean {
  return /^\w[\w.-]*(\/\w[\w.-]*)?$/.test(model) && model.length <= 96 && !/--|\.\.|\.git$|[.-]$/.test(model);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** What a snapshot lacks; shards included, as its index names them. */
async function missingFiles(cached: CachedModel, commit: string, part: ModelPart): Promise<string[]> {
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
