import { randomUUID } from 'node:crypto';
import { copyFile, link, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { isCode } from '../files/failure.ts';
import { readGuarded, sizeLimits } from '../files/guardedFile.ts';
import { makeFolder } from '../files/makeFolder.ts';
import type { Repository } from './hubErrors.ts';

/** A full commit id. Names of branches and tags are looked up under `refs`. */
export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

/**
 * One repository in the cache that all Hugging Face tools share: `blobs/<hash>` holds each file once,
 * `snapshots/<commit>/<file>` links to it, `refs/<branch or tag>` holds the commit last seen there, and an empty
 * `.no_exist/<commit>/<file>` says that the hub has no such file.
 * @see https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
export class CachedRepository {
  readonly folder: string;

  constructor(cache: string, { kind, name }: Repository) {
    this.folder = join(cache, `${kind === 'model' ? 'models' : 'datasets'}--${name.split('/').join('--')}`);
  }

  blob(hash: string): string {
    return join(this.folder, 'blobs', hash);
  }

  snapshot(commit: string): string {
    return join(this.folder, 'snapshots', commit);
  }

  /** The commit that a branch or tag pointed at when last looked up; undefined when it never was. */
  async commit(revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision;
    try {
      const text = String(await readGuarded(join(this.folder, 'refs', revision), sizeLimits.line)).trim();
      return isCommit(text) ? text : undefined;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async rememberCommit(revision: string, commit: string): Promise<void> {
    if (isCommit(revision)) return;
    const file = join(this.folder, 'refs', revision);
    makeFolder(dirname(file));
    const aside = asideName(file);
    await writeFile(aside, commit);
    await rename(aside, file);
  }

  /** Whether the snapshot has the file, with its bytes there (a link may dangle). */
  async has(commit: string, file: string): Promise<boolean> {
    try {
      return (await stat(join(this.snapshot(commit), file))).isFile();
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /** The file that says that the commit has no such file. */
  absence(commit: string, file: string): string {
    return join(this.folder, '.no_exist', commit, file);
  }

  async rememberAbsence(commit: string, file: string): Promise<void> {
    makeFolder(dirname(this.absence(commit, file)));
    await writeFile(this.absence(commit, file), '');
  }

  /** Makes `snapshots/<commit>/<file>` show the blob: by a relative link, or a copy where the system allows no links. */
  async place(commit: string, file: string, hash: string): Promise<void> {
    const target = this.blob(hash);
    const pointer = join(this.snapshot(commit), file);
    makeFolder(dirname(pointer));
    // Made aside and renamed, so that no reader finds the name empty.
    const aside = asideName(pointer);
    try {
      await symlink(relative(dirname(pointer), target), aside);
    } catch (error) {
      if (!isCode(error, ...noLinks)) throw error;
      await linkOrCopy(target, aside);
    }
    await rename(aside, pointer);
    await rm(aside, { force: true }); // renaming one hard link of a file over another leaves both
  }
}

const asideName = (file: string): string => `${file}.${randomUUID()}.tmp`;

/** How systems say that they make no links, or not for this user (Windows without developer mode). */
const noLinks = ['EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'UNKNOWN'] as const;

/** A hard link takes no space; where the file system has none either, the bytes are copied. */
async function linkOrCopy(target: string, path: string): Promise<void> {
  try {
    await link(target, path);
  } catch (error) {
    if (!isCode(error, ...noLinks, 'EXDEV', 'EMLINK')) throw error;
    await copyFile(target, path);
  }
}

/** Whether a file system's error says that nothing is there. */
export const isMissing = (error: unknown): boolean => isCode(error, 'ENOENT', 'ENOTDIR');
