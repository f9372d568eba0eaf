import { mkdir, stat, statfs } from 'node:fs/promises';
import { listFiles, modelInfo } from '@huggingface/hub';
import { downloadBlob, type RemoteFile } from './downloadBlob.ts';
import { type DownloadProgress, ProgressMeter } from './downloadProgress.ts';
import { type CachedModel, isCode, isCommit, isMissing } from './hubCache.ts';
import type { HubConnection } from './hubConnection.ts';
import { badAnswer, cacheNotWritable, diskFull, HubError } from './hubErrors.ts';
import type { HubSettings } from './hubSettings.ts';
import { type ModelPart, neededFiles, readShardNames, weightsIndexFile } from './modelFiles.ts';

/**
 * Brings the files that a model needs into the cache; what is there already is kept.
 * @returns the snapshot's folder
 * @throws HubError
 */
export async function downloadModel(
  connection: HubConnection,
  cached: CachedModel,
  part: ModelPart,
  onProgress: ((progress: DownloadProgress) => void) | undefined,
): Promise<string> {
  try {
    return await download(connection, cached, part, onProgress);
  } catch (error) {
    if (isCode(error, 'ENOSPC', 'EDQUOT')) throw diskFull(cached.folder, undefined, undefined);
    if (isCode(error, 'EACCES', 'EPERM', 'EROFS')) throw cacheNotWritable(cached.folder, error);
    throw error;
  }
}

async function download(
  connection: HubConnection,
  cached: CachedModel,
  part: ModelPart,
  onProgress: ((progress: DownloadProgress) => void) | undefined,
): Promise<string> {
  const { subject, settings } = connection;
  const commit = isCommit(subject.revision) ? subject.revision : await lookUpCommit(connection);
  const remote = await listRemote(connection, commit);
  const wanted = neededFiles(subject.model, [...remote.keys()], part).map((name) => remote.get(name)!);

  const progress = new ProgressMeter(wanted, onProgress);
  await demandSpace(settings, cached, wanted);
  for (let i = 0; i < wanted.length; i++) {
    const file = wanted[i]!;
    await fetchInto(connection, cached, commit, file, progress);
    if (file.path !== weightsIndexFile) continue;
    const shards = (await readShardNames(cached.snapshot(commit))).map((name) => {
      const shard = remote.get(name);
      if (!shard) throw badAnswer(subject.model, `its index names ${name}, which it does not have`);
      return shard;
    });
    await demandSpace(settings, cached, shards);
    progress.add(shards);
    wanted.push(...shards);
  }
  await cached.rememberCommit(subject.revision, commit);
  return cached.snapshot(commit);
}

async function lookUpCommit(connection: HubConnection): Promise<string> {
  const { subject, settings, fetchAnswer: fetch } = connection;
  const request = { name: subject.model, revision: subject.revision, hubUrl: settings.endpoint };
  const info = await answer(subject.model, () => modelInfo({ ...request, additionalFields: ['sha'], fetch }));
  const sha: unknown = info.sha;
  if (typeof sha !== 'string' || !isCommit(sha)) throw badAnswer(subject.model, 'the hub did not tell its commit');
  return sha;
}

/** The repository's top-level files with sizes and hashes. */
async function listRemote(connection: HubConnection, commit: string): Promise<Map<string, RemoteFile>> {
  const { subject, settings, fetchAnswer: fetch } = connection;
  const files = new Map<string, RemoteFile>();
  await answer(subject.model, async () => {
    const request = { repo: { type: 'model' as const, name: subject.model }, revision: commit };
    for await (const entry of listFiles({ ...request, hubUrl: settings.endpoint, fetch })) {
      if (entry.type !== 'file') continue;
      const hash = entry.lfs?.oid ?? entry.oid;
      const algorithm = entry.lfs ? 'sha256' : 'git-sha1';
      const size = entry.lfs?.size ?? entry.size;
      const isHash = typeof hash === 'string' && (entry.lfs ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/).test(hash);
      if (!isHash || !Number.isSafeInteger(size) || size < 0) {
        throw badAnswer(subject.model, `the hub lists ${entry.path} without a size and hash`);
      }
      files.set(entry.path, { path: entry.path, size, hash, algorithm });
    }
  });
  return files;
}

/** Runs a call of the hub library: what the connection did not name is an answer that no hub gives. */
async function answer<T>(model: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof HubError || (error instanceof Error && error.name === 'AbortError')) throw error;
    throw badAnswer(
      model,
      `the hub's answer cannot be read (${error instanceof Error ? error.message : error})`,
      error,
    );
  }
}

async function fetchInto(
  connection: HubConnection,
  cached: CachedModel,
  commit: string,
  file: RemoteFile,
  progress: ProgressMeter,
): Promise<void> {
  if (await cached.has(commit, file.path)) return progress.done(file, file.size);
  const blob = cached.blob(file.hash);
  if (await hasSize(blob, file.size)) progress.done(file, file.size);
  else {
    const { endpoint } = connection.settings;
    const url = `${endpoint}/${connection.subject.model}/resolve/${commit}/${encodeURIComponent(file.path)}`;
    await downloadBlob(connection, url, file, blob, (present, resumed) => progress.done(file, present, resumed));
  }
  await cached.place(commit, file.path, file.hash);
}

async function hasSize(path: string, size: number): Promise<boolean> {
  try {
    return (await stat(path)).size === size;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** @throws HubError when the disk of the cache cannot hold what is still to come. */
async function demandSpace(settings: HubSettings, cached: CachedModel, files: readonly RemoteFile[]): Promise<void> {
  let needed = 0;
  for (const file of files) if (!(await hasSize(cached.blob(file.hash), file.size))) needed += file.size;
  await mkdir(settings.cache, { recursive: true });
  const { bavail, bsize } = await statfs(settings.cache);
  if (bavail * bsize < needed) throw diskFull(settings.cache, needed, bavail * bsize);
}
