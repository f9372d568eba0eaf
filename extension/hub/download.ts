import { stat, statfs } from 'node:fs/promises';
import { datasetInfo, listFiles, modelInfo } from '@huggingface/hub';
import { isCode } from '../files/failure.ts';
import { makeFolder } from '../files/makeFolder.ts';
import { downloadBlob, type RemoteFile } from './downloadBlob.ts';
import { type DownloadProgress, ProgressMeter } from './downloadProgress.ts';
import { type CachedRepository, isCommit, isMissing } from './hubCache.ts';
import type { HubConnection } from './hubConnection.ts';
import { badAnswer, cacheNotWritable, diskFull, repositoryUrl } from './hubErrors.ts';
import type { HubSettings } from './hubSettings.ts';
import { libraryAnswer } from './libraryAnswer.ts';
import { partBytes } from './partFile.ts';

/** The wanted files of a repository, small ones first. */
export interface Wanted {
  /** Of all files that there are. @throws HubError when something is not there */
  choose(present: readonly string[]): readonly string[];
  /** Further files that an arrived file names. */
  readonly named?: (snapshot: string, file: string) => Promise<readonly string[]>;
}

/**
 * Brings the files that are wanted of a repository into the cache; what is already there is kept.
 * @returns the commit, whose snapshot holds them
 * @throws HubError
 */
export async function download(
  connection: HubConnection,
  cached: CachedRepository,
  wanted: Wanted,
  onProgress: ((progress: DownloadProgress) => void) | undefined,
): Promise<string> {
  try {
    return await fetchWanted(connection, cached, wanted, onProgress);
  } catch (error) {
    if (isCode(error, 'ENOSPC', 'EDQUOT')) throw diskFull(cached.folder, undefined, undefined);
    if (isCode(error, 'EACCES', 'EPERM', 'EROFS')) throw cacheNotWritable(cached.folder, error);
    throw error;
  }
}

async function fetchWanted(
  connection: HubConnection,
  cached: CachedRepository,
  { choose, named }: Wanted,
  onProgress: ((progress: DownloadProgress) => void) | undefined,
): Promise<string> {
  const { subject, settings } = connection;
  const commit = isCommit(subject.revision) ? subject.revision : await lookUpCommit(connection);
  const remote = await listRemote(connection, commit);
  const files = choose([...remote.keys()]).map((name) => remote.get(name)!);

  const progress = new ProgressMeter(files, onProgress);
  await demandSpace(settings, cached, files);
  for (let i = 0; i < files.length; i++) {
    const file = files[i]!;
    await fetchInto(connection, cached, commit, file, progress);
    const further = ((await named?.(cached.snapshot(commit), file.path)) ?? []).map((name) => {
      const found = remote.get(name);
      if (!found) throw badAnswer(subject.repository, `its index names ${name}, which it does not have`);
      return found;
    });
    if (further.length === 0) continue;
    await demandSpace(settings, cached, further);
    progress.add(further);
    files.push(...further);
  }
  await cached.rememberCommit(subject.revision, commit);
  return commit;
}

async function lookUpCommit(connection: HubConnection): Promise<string> {
  const { subject, settings, fetchAnswer: fetch } = connection;
  const { kind, name } = subject.repository;
  const request = { name, revision: subject.revision, hubUrl: settings.endpoint, additionalFields: ['sha'], fetch };
  const info = await libraryAnswer(subject.repository, () =>
    kind === 'model'
      ? modelInfo({ ...request, additionalFields: ['sha'] })
      : datasetInfo({ ...request, additionalFields: ['sha'] }),
  );
  const sha: unknown = info.sha;
  if (typeof sha !== 'string' || !isCommit(sha)) throw badAnswer(subject.repository, 'the hub did not name its commit');
  return sha;
}

/** The repository's files with sizes and hashes: those of a model's top folder, all of a data set's. */
async function listRemote(connection: HubConnection, commit: string): Promise<Map<string, RemoteFile>> {
  const { subject, settings, fetchAnswer: fetch } = connection;
  const { kind, name } = subject.repository;
  const files = new Map<string, RemoteFile>();
  await libraryAnswer(subject.repository, async () => {
    const repo = { type: kind === 'model' ? ('model' as const) : ('dataset' as const), name };
    const request = { repo, revision: commit, recursive: kind === 'data set' };
    for await (const entry of listFiles({ ...request, hubUrl: settings.endpoint, fetch })) {
      if (entry.type !== 'file') continue;
      const hash = entry.lfs?.oid ?? entry.oid;
      const algorithm = entry.lfs ? 'sha256' : 'git-sha1';
      const size = entry.lfs?.size ?? entry.size;
      const isHash = typeof hash === 'string' && (entry.lfs ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/).test(hash);
      if (!isHash || !Number.isSafeInteger(size) || size < 0) {
        throw badAnswer(subject.repository, `the hub lists ${entry.path} without a size and hash`);
      }
      files.set(entry.path, { path: entry.path, size, hash, algorithm });
    }
  });
  return files;
}

async function fetchInto(
  connection: HubConnection,
  cached: CachedRepository,
  commit: string,
  file: RemoteFile,
  progress: ProgressMeter,
): Promise<void> {
  if (await cached.has(commit, file.path)) return progress.done(file, file.size);
  const blob = cached.blob(file.hash);
  if (await hasSize(blob, file.size)) progress.done(file, file.size);
  else {
    const { subject, settings } = connection;
    const path = file.path.split('/').map(encodeURIComponent).join('/');
    const url = `${repositoryUrl(subject.repository, settings.endpoint)}/resolve/${commit}/${path}`;
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
async function demandSpace(
  settings: HubSettings,
  cached: CachedRepository,
  files: readonly RemoteFile[],
): Promise<void> {
  let needed = 0;
  for (const { hash, size } of files) {
    const blob = cached.blob(hash);
    if (!(await hasSize(blob, size))) needed += size - Math.min(size, await partBytes(blob));
  }
  makeFolder(settings.cache);
  const { bavail, bsize } = await statfs(settings.cache);
  if (bavail * bsize < needed) throw diskFull(settings.cache, needed, bavail * bsize);
}
