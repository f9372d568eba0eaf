import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FileRefusal, readGuardedSync, sizeLimits } from '../files/guardedFile.ts';
import { type DownloadOptions, fromHub, isRepositoryName, isRevision } from './fromHub.ts';
import { CachedRepository, isCommit, isMissing } from './hubCache.ts';
import {
  badDataSet,
  badRevision,
  fileMissing,
  offlineAndNotCached,
  offlineAndUnlisted,
  type Repository,
  repositoryText,
} from './hubErrors.ts';
import { hubSettings } from './hubSettings.ts';
import type { HubEnvironment } from './proxies.ts';

/** One file of a data set, at a branch, a tag or a commit. */
interface RepositoryFile {
  /** `owner/name` */
  readonly name: string;
  readonly revision: string;
  readonly path: string;
  /** A file that the data set may not have beside it: what the cache holds is enough once the hub said that there is none. */
  readonly without?: string | undefined;
}

const repositoryOf = (name: string): Repository => ({ kind: 'data set', name });

/** Where the file lies in the local cache, or would lie. */
export function cachedFile({ name, revision, path }: RepositoryFile, environment: HubEnvironment): string {
  const cached = new CachedRepository(hubSettings(environment).cache, repositoryOf(name));
  return join(cached.snapshot(cachedCommit(cached, revision) ?? revision), path);
}

/** As `CachedRepository.commit`, at once. */
function cachedCommit({ folder }: CachedRepository, revision: string): string | undefined {
  if (isCommit(revision)) return revision;
  try {
    const text = String(readGuardedSync(join(folder, 'refs', revision), sizeLimits.line)).trim();
    return isCommit(text) ? text : undefined;
  } catch (error) {
    if (isMissing(error) || error instanceof FileRefusal) return undefined;
    throw error;
  }
}

/**
 * Brings a file into the local cache, unless it is known to be there as it may be.
 * @param refuse looks at all files of the data set before anything is downloaded, and throws where it may not be
 * @returns the commit in whose snapshot it lies
 * @throws HubError
 */
export async function fetchFile(
  { name, revision, path, without }: RepositoryFile,
  environment: HubEnvironment,
  refuse: (present: readonly string[]) => void,
  options: DownloadOptions = {},
): Promise<string> {
  if (!isRepositoryName(name)) throw badDataSet(name);
  if (!isRevision(revision)) throw badRevision(revision);
  const repository = repositoryOf(name);
  const settings = hubSettings(environment);
  const cached = new CachedRepository(settings.cache, repository);
  const commit = cachedCommit(cached, revision);
  const isHere = commit !== undefined && existsSync(join(cached.snapshot(commit), path));
  if (isHere && (without === undefined || existsSync(cached.absence(commit, without)))) return commit;
  if (settings.offline) {
    const what = repositoryText(repository, revision);
    const looks = settings.offline === 'looks';
    if (isHere) throw offlineAndUnlisted(what, { name, revision, path }, looks);
    throw offlineAndNotCached(what, settings.cache, [path], looks);
  }
  const choose = (present: readonly string[]): readonly string[] => {
    refuse(present);
    if (!present.includes(path)) throw fileMissing(repository, path, alike(path, present));
    return [path];
  };
  // What the cache has of the same branch is of that commit: the other splits' files belong to it.
  const subject = { repository, revision: commit ?? revision };
  const found = await fromHub(subject, settings, cached, { choose }, options);
  if (without !== undefined) await cached.rememberAbsence(found, without);
  return found;
}

/** Files that could have been meant: those of that ending, of files in several parts the first. */
function alike(path: string, present: readonly string[]): readonly string[] {
  const ending = /\.[^./]+$/.exec(path)?.[0] ?? '';
  const same = present.filter((one) => one.endsWith(ending) && !/\/0*[1-9]\d*\.parquet$/.test(one));
  return same.length > 0 ? same : present;
}
