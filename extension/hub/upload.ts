import { pathToFileURL } from 'node:url';
import { createRepo, uploadFiles } from '@huggingface/hub';
import { isRepositoryName } from './fromHub.ts';
import { defaultPatience, HubConnection, type HubPatience } from './hubConnection.ts';
import {
  badSetting,
  badUploadName,
  HubError,
  madeNotFilled,
  type Repository,
  repositoryExists,
  repositoryUrl,
  uploadOffline,
  uploadWithoutToken,
} from './hubErrors.ts';
import { demandUsable, type HubSettings } from './hubSettings.ts';
import { libraryAnswer } from './libraryAnswer.ts';
import { secretsOf } from './secrets.ts';
import { withoutSecretsInside } from './withoutSecretsInside.ts';

/** A file to upload. */
export interface UploadFile {
  /** In the repository, with `/` between folders. */
  readonly path: string;
  /** On this machine. */
  readonly file: string;
  readonly size: number;
}

/** Files of one model, and where they go. */
export interface Upload {
  /** `owner/name` */
  readonly name: string;
  readonly files: readonly UploadFile[];
  readonly title: string;
  /** Who sees the repository that is made; `as-is`: it is there already. */
  readonly visibility: 'private' | 'public' | 'as-is';
}

interface UploadOptions {
  /** Bytes that have arrived. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
  readonly patience?: HubPatience | undefined;
}

const modelNamed = (name: string): Repository => ({ kind: 'model', name });

/** Whether an upload can go there at all, as far as that can be said without asking the hub. @throws HubError */
export function demandUploadable(name: string, settings: HubSettings): void {
  if (!isRepositoryName(name) || !name.includes('/')) throw badUploadName(name);
  if (settings.offline) throw uploadOffline(modelNamed(name));
  demandUsable(settings);
  if (settings.token === undefined) throw uploadWithoutToken(modelNamed(name), settings.tokenSource);
  if (!settings.token.startsWith('hf_')) {
    throw badSetting(
      settings.tokenSource,
      'must begin with hf_ for an upload, got another form',
      'copy the token again from Settings → Access Tokens',
    );
  }
}

/**
 * Makes a model repository on the hub, unless it is there, and puts files into it with one commit.
 * @returns the address of its page
 * @throws HubError without secrets
 */
export async function upload(
  { name, files, title, visibility }: Upload,
  settings: HubSettings,
  { onProgress, patience = defaultPatience }: UploadOptions = {},
): Promise<string> {
  demandUploadable(name, settings);
  const repository = modelNamed(name);
  const connection = new HubConnection(settings, { repository, revision: 'main', isUpload: true }, patience, undefined);
  let arrived = 0;
  const counting: typeof fetch = async (input, init) => {
    const answer = await connection.fetch(input, init);
    if (init?.method === 'PUT' && init.body instanceof Blob) {
      arrived += init.body.size;
      onProgress?.(arrived);
    }
    return answer;
  };
  // `accessToken` for the library's own check; the connection sends the token, and to the hub alone.
  const request = {
    repo: { type: 'model' as const, name },
    hubUrl: settings.endpoint,
    fetch: counting,
    accessToken: settings.token!,
  };
  const isNew = visibility !== 'as-is';
  try {
    if (isNew) await make(() => createRepo({ ...request, visibility }), repository, settings);
    const contents = files.map(({ path, file }) => ({ path, content: pathToFileURL(file) }));
    // Xet would ask further hosts, by ways of its own.
    await libraryAnswer(repository, () =>
      uploadFiles({ ...request, files: contents, commitTitle: title, useXet: false }),
    ).catch((error: unknown) => {
      throw isNew && error instanceof HubError ? madeNotFilled(error) : error;
    });
    // Small files went with the commit.
    onProgress?.(files.reduce((sum, { size }) => sum + size, 0));
    return repositoryUrl(repository, settings.endpoint);
  } catch (error) {
    throw withoutSecretsInside(error, secretsOf(settings));
  }
}

async function make(create: () => Promise<unknown>, repository: Repository, { endpoint }: HubSettings): Promise<void> {
  try {
    await libraryAnswer(repository, create);
  } catch (error) {
    throw error instanceof HubError && error.code === 'conflict' ? repositoryExists(repository, endpoint) : error;
  }
}
