import { OtherFiles } from '../files/failure.ts';
import { firstFew } from '../problems/firstFew.ts';
import { type HubRoute, proxyText } from './proxies.ts';

export type HubErrorCode =
  | 'folder-not-found'
  | 'bad-id'
  | 'not-found'
  | 'revision-not-found'
  | 'gated'
  | 'unauthorized'
  | 'conflict'
  | 'offline'
  | 'unreachable'
  | 'server'
  | 'disk-full'
  | 'not-writable'
  | 'hash-mismatch'
  | 'no-safetensors'
  | 'file-missing'
  | 'bad-answer'
  | 'bad-setting';

/** Why a model could not be had, told with its cure. `code` is for programs, the message for people. */
export class HubError extends Error {
  constructor(
    readonly code: HubErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'HubError';
  }
}

/** A repository of the hub. */
export interface Repository {
  readonly kind: 'model' | 'data set';
  /** As the hub has it: `owner/name`. */
  readonly name: string;
}

/** A repository as people name it, with the revision where it is not the default. */
export const repositoryText = ({ kind, name }: Repository, revision = 'main'): string =>
  revision === 'main' ? `${kind} ${name}` : `${kind} ${name} at revision ${revision}`;

/** Its page on a hub. */
export const repositoryUrl = ({ kind, name }: Repository, endpoint: string): string =>
  kind === 'model' ? `${endpoint}/${name}` : `${endpoint}/datasets/${name}`;

/** An environment variable (or the file in its place) that cannot be used. */
export const badSetting = (variable: string, rule: string, cure: string): HubError =>
  new HubError('bad-setting', `${variable}: ${rule}; ${cure}`);

export const folderNotFound = (model: string, folder: string): HubError =>
  new HubError(
    'folder-not-found',
    `model ${model}: a folder must exist, got no folder at ${folder}; correct the path (relative to the config), or name a hub id such as google-bert/bert-base-uncased`,
  );

export const folderGone = (model: string, folder: string): HubError =>
  new HubError(
    'folder-not-found',
    `model ${model}: must be the folder that the run was trained on, got no folder at ${folder}; put it back there`,
    { cause: new OtherFiles() },
  );

export const badModelId = (model: string): HubError =>
  new HubError(
    'bad-id',
    `model: must be a folder or a hub id like google-bert/bert-base-uncased, got ${JSON.stringify(model)}; a hub id is name or owner/name, from letters, digits, "-", "_" and "."`,
  );

export const badRevision = (revision: string): HubError =>
  new HubError(
    'bad-id',
    `revision: must be a branch, a tag or a 40-digit commit, got ${JSON.stringify(revision)}; look it up under "Files and versions" on the model's page`,
  );

export const repositoryNotFound = (
  repository: Repository,
  endpoint: string,
  folder: string | undefined,
  withToken: boolean,
): HubError => {
  const { kind } = repository;
  const rule =
    folder === undefined ? `is not on ${endpoint}` : `neither a folder (${folder}) nor a model on ${endpoint}`;
  const where = folder === undefined ? '' : ' or the path';
  const access = withToken ? `a private ${kind} needs a token that may read it` : `for a private ${kind} set HF_TOKEN`;
  const cure = `check the spelling of the id (owner/name)${where}; ${access}`;
  return new HubError('not-found', `${repositoryText(repository)}: ${rule}; ${cure}`);
};

export const revisionNotFound = (repository: Repository, revision: string): HubError =>
  new HubError(
    'revision-not-found',
    `${repositoryText(repository)}: has no revision ${JSON.stringify(revision)}; use a branch, a tag or a 40-digit commit from its "Files and versions" page, or leave revision out for main`,
  );

export const gatedRepository = (repository: Repository, endpoint: string, withToken: boolean): HubError =>
  new HubError(
    'gated',
    `${repositoryText(repository)}: is gated; accept its terms on ${repositoryUrl(repository, endpoint)}, then ${
      withToken ? 'use a token of the account that accepted them (HF_TOKEN)' : 'set HF_TOKEN to a token of that account'
    }`,
  );

export const badToken = (repository: Repository, status: number): HubError =>
  new HubError(
    'unauthorized',
    `${repositoryText(repository)}: the hub refused the token (status ${status}); make a new one with read access under Settings → Access Tokens and set HF_TOKEN, or unset it for a public ${repository.kind}`,
  );

/** @param looks whether nothing is downloaded because the program only looks, not because a person asked for that */
export function offlineAndNotCached(what: string, cache: string, missing: readonly string[], looks: boolean): HubError {
  const lacks = missing.length > 0 ? `${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} not` : 'it is not';
  return new HubError(
    'offline',
    looks
      ? `${what}: ${lacks} in the cache ${cache} yet; the first run downloads it`
      : `${what}: offline mode is on and ${lacks} in the cache ${cache}; unset HF_HUB_OFFLINE to download it, or point HF_HOME at a cache that has it`,
  );
}

/** Of a split that may be kept in several files, where only the first is known to be there. */
export const offlineAndUnlisted = (
  what: string,
  { name, revision, path }: { readonly name: string; readonly revision: string; readonly path: string },
  looks: boolean,
): HubError =>
  new HubError(
    'offline',
    looks
      ? `${what}: whether ${path} is all of the split was never asked; the first run asks the hub`
      : `${what}: offline mode is on and whether ${path} is all of the split was never asked; unset HF_HUB_OFFLINE once to ask, or name it, as file: hf://datasets/${name}@${encodeURIComponent(revision)}/${path}`,
  );

/** @param again how to go on when the cause is mended */
export const hubUnreachable = (
  repository: Repository,
  settings: HubRoute,
  cause: unknown,
  again = 'start again: a partial download goes on where it stopped',
): HubError => {
  const why = causeText(cause);
  if (/proxy .*\(407\)/i.test(why)) return proxyRefused(repository, settings);
  return new HubError(
    'unreachable',
    `${repositoryText(repository)}: ${settings.endpoint} cannot be reached (${why}); check ${whatToCheck(settings)}, then ${again}`,
    { cause },
  );
};

const whatToCheck = (settings: HubRoute): string => {
  const proxy = proxyText(settings);
  return proxy === undefined ? 'the network and HF_ENDPOINT' : `the network, HF_ENDPOINT and ${proxy}`;
};

export const proxyRefused = (repository: Repository, settings: HubRoute): HubError =>
  new HubError(
    'unreachable',
    `${repositoryText(repository)}: ${proxyText(settings) ?? 'a proxy'} asks for a login (407); put user:password@ before the host in its variable`,
  );

export const serverTrouble = (repository: Repository, status: number, said: string): HubError =>
  new HubError(
    'server',
    status === 429
      ? `${repositoryText(repository)}: the hub got too many requests (429); wait some minutes, or set HF_TOKEN for a higher limit`
      : `${repositoryText(repository)}: the hub answered with status ${status}${said ? ` (${said.slice(0, 300)})` : ''}; try again later`,
  );

const tokenCure = 'make one with write access under Settings → Access Tokens and set HF_TOKEN';

/** Why nothing can be uploaded with these settings, or the hub took nothing. */
export function uploadRefused(
  repository: Repository,
  { endpoint, tokenSource }: { readonly endpoint: string; readonly tokenSource: string },
  status: number,
  said: string,
): HubError {
  const name = repositoryText(repository);
  switch (status) {
    case 401:
      return new HubError('unauthorized', `${name}: the hub refused the token of ${tokenSource} (401); ${tokenCure}`);
    case 403:
      return new HubError(
        'unauthorized',
        `${name}: the token of ${tokenSource} may not write there (403); name an owner that it may write for, or ${tokenCure}`,
      );
    case 404:
      return new HubError('not-found', `${name}: is not on ${endpoint}; leave out --update to make it`);
    case 409:
      return new HubError('conflict', `${name}: changed while it was uploaded to (409); push again with --update`);
    default:
      if (status === 429 || status >= 500) return serverTrouble(repository, status, said);
      return new HubError(
        'server',
        `${name}: the hub took no files (status ${status}${said && `: ${said.slice(0, 300)}`}); mend that, then push again with --update`,
      );
  }
}

export const repositoryExists = (repository: Repository, endpoint: string): HubError =>
  new HubError(
    'conflict',
    `${repositoryText(repository)}: must be new, got one that is on ${endpoint} already (409); choose another name, or add --update to put the files into it`,
  );

/** A repository that was made, and then not filled as far as anybody knows. */
export const madeNotFilled = ({ code, message }: HubError): HubError =>
  new HubError(code, `${message}; the repository was made and may lack the files: push again with --update`);

export const uploadOffline = (repository: Repository): HubError =>
  new HubError(
    'offline',
    `${repositoryText(repository)}: offline mode is on, so nothing is uploaded; unset HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE)`,
  );

export const uploadWithoutToken = (repository: Repository, tokenSource: string): HubError =>
  new HubError(
    'unauthorized',
    `${repositoryText(repository)}: needs a token, got none in HF_TOKEN nor in ${tokenSource}; ${tokenCure}, or run: hf auth login`,
  );

export const badUploadName = (name: string): HubError =>
  new HubError(
    'bad-id',
    `--to: must be OWNER/NAME, of letters, digits, "-", "_" and ".", got ${JSON.stringify(name)}; OWNER is your account or an organisation`,
  );

export const diskFull = (cache: string, needed: number | undefined, free: number | undefined): HubError =>
  new HubError(
    'disk-full',
    `${cache}: the disk is full${needed === undefined ? '' : `, ${sizeText(needed)} still to download`}${
      free === undefined ? '' : ` and ${sizeText(free)} free`
    }; free some space or point HF_HOME at another disk: what is already there is kept`,
  );

export const cacheNotWritable = (file: string, cause: unknown): HubError =>
  new HubError(
    'not-writable',
    `${file}: the model cache must be writable, got ${causeText(cause)}; change its permissions or point HF_HOME at another folder`,
    { cause },
  );

export const hashMismatch = (repository: Repository, file: string, expected: string, got: string): HubError =>
  new HubError(
    'hash-mismatch',
    `${repositoryText(repository)}: ${file} arrived damaged twice (hash must be ${expected}, got ${got}); it was removed; check the network or proxy, or another HF_ENDPOINT`,
  );

export const onlyPickledWeights = (model: string, file: string): HubError =>
  new HubError(
    'no-safetensors',
    `model ${model}: has ${file} but no safetensors, and a pickle can run code when it is opened; convert it once in Python and name the new folder: python -c "from transformers import AutoModel, AutoTokenizer as T; AutoModel.from_pretrained('${model}').save_pretrained('converted'); T.from_pretrained('${model}').save_pretrained('converted')"`,
  );

export const fileMissing = (repository: Repository, file: string, present: readonly string[]): HubError => {
  const got = firstFew(present, 8) || 'no files';
  const cure =
    repository.kind === 'model' ? 'choose a model published in the transformers format' : 'name one of its files';
  return new HubError('file-missing', `${repositoryText(repository)}: has no ${file}, got ${got}; ${cure}`);
};

export const badDataSet = (name: string): HubError =>
  new HubError(
    'bad-id',
    `data set: must be owner/name, got ${JSON.stringify(name)}, of letters, digits, "-", "_" and "."; copy it from its page on the hub`,
  );

export const badAnswer = (repository: Repository, what: string, cause?: unknown): HubError =>
  new HubError(
    'bad-answer',
    `${repositoryText(repository)}: ${what}; check that HF_ENDPOINT is a Hugging Face hub or a mirror of it`,
    cause === undefined ? undefined : { cause },
  );

/** The innermost cause in words: fetch hides the system's error one level down. */
function causeText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return causeText(error.cause);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return code && !error.message.includes(code) ? `${code}: ${error.message}` : error.message || code || error.name;
}

/** 12.3 MB; decimal units as download tools show them. */
function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
