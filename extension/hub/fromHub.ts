import { download, type Wanted } from './download.ts';
import type { DownloadProgress } from './downloadProgress.ts';
import type { CachedRepository } from './hubCache.ts';
import { defaultPatience, HubConnection, type HubPatience, type HubSubject } from './hubConnection.ts';
import { demandUsable, type HubSettings } from './hubSettings.ts';
import { secretsOf } from './secrets.ts';
import { withoutSecretsInside } from './withoutSecretsInside.ts';

/** How long to wait, and whom to tell. */
export interface DownloadOptions {
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly patience?: HubPatience | undefined;
}

/** As the hub allows them: name or owner/name, no `--` and no `..`. */
export const isRepositoryName = (name: string): boolean =>
  /^\w[\w.-]*(\/\w[\w.-]*)?$/.test(name) && name.length <= 96 && !/--|\.\.|\.git$|[.-]$/.test(name);

/** A branch, a tag or a commit that leads nowhere else. */
export const isRevision = (revision: string): boolean => /^[\w.-][\w./-]*$/.test(revision) && !revision.includes('..');

/**
 * Downloads what is wanted of a repository.
 * @returns the commit whose snapshot holds it
 * @throws HubError without secrets: whatever leaves the hub client may be printed and kept
 */
export async function fromHub(
  subject: HubSubject,
  settings: HubSettings,
  cached: CachedRepository,
  wanted: Wanted,
  { onProgress, signal, patience = defaultPatience }: DownloadOptions,
): Promise<string> {
  demandUsable(settings);
  try {
    return await download(new HubConnection(settings, subject, patience, signal), cached, wanted, onProgress);
  } catch (error) {
    throw withoutSecretsInside(error, secretsOf(settings));
  }
}
