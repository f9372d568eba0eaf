import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A file as the hub stores it: large ones in LFS, named by sha256, small ones in git, named by its blob sha1. */
export interface HubFile {
  readonly bytes: Buffer;
  readonly lfs?: boolean;
}

export interface HubModel {
  /** Branch or tag → commit. */
  readonly refs: Readonly<Record<string, string>>;
  /** Commit → path → file. */
  readonly commits: Readonly<Record<string, Readonly<Record<string, HubFile>>>>;
  /** Token that may read it; others are refused as the hub refuses them. */
  readonly gatedTo?: string;
}

/** What goes wrong with the next requests of a path (the file's, or `api`), one entry each. */
export type Mishap =
  | { readonly kind: 'drop'; readonly afterBytes: number }
  | { readonly kind: 'stall'; readonly afterBytes: number }
  | { readonly kind: 'damage' }
  | { readonly kind: 'ignore-range' }
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'text'; readonly body: string };

export interface SeenRequest {
  readonly host: 'hub' | 'cdn';
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** A repository that was made here, as it lies after its last commit. */
export interface UploadedModel {
  readonly visibility: string;
  readonly files: Map<string, Buffer>;
  /** Files that went by LFS. */
  readonly large: Set<string>;
  readonly titles: string[];
}

export interface HubServer {
  readonly url: string;
  readonly requests: SeenRequest[];
  /** `owner/name` → what was uploaded. */
  readonly uploads: Map<string, UploadedModel>;
  /** Path or `api` → what to do wrong, first come, first served. */
  readonly mishaps: Map<string, Mishap[]>;
  close(): Promise<void>;
}

export const gitSha1 = (bytes: Buffer): string =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Answers like huggingface.co for the given models and `datasets/owner/name`: API, `resolve` with its headers, LFS files by way
 * of another host; and takes uploads.
 */
export async function startHub(models: Readonly<Record<string, HubModel>>): Promise<HubServer> {
  const requests: SeenRequest[] = [];
  const mishaps = new Map<string, Mishap[]>();
  const uploads = new Map<string, UploadedModel>();
  const stored = new Map<string, Buffer>();
  const blobs = new Map<string, HubFile>();
  for (const model of Object.values(models)) {
    for (const files of Object.values(model.commits)) {
      for (const file of Object.values(files)) if (file.lfs) blobs.set(sha256(file.bytes), file);
    }
  }

  function see(host: 'hub' | 'cdn', request: IncomingMessage): void {
    const { authorization, range } = request.headers;
    requests.push({ host, method: request.method ?? '', path: request.url ?? '', range, authorization });
  }

  /** Bytes with range, and with what is to go wrong. */
  function send(request: IncomingMessage, response: ServerResponse, bytes: Buffer, path: string): void {
    const mishap = mishaps.get(path)?.shift();
    if (mishap?.kind === 'status') {
      refuse(response, mishap.status, mishap.headers);
      return;
    }
    const from =
      mishap?.kind === 'ignore-range' ? 0 : Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    let body = bytes.subarray(from);
    if (mishap?.kind === 'damage') body = Buffer.from(body).fill(7, 0, 1);
    const status = request.headers.range && mishap?.kind !== 'ignore-range' ? 206 : 200;
    response.writeHead(status, {
      'content-length': body.length,
      ...(status === 206 && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
    });
    if (mishap?.kind === 'drop') {
      // Some moments later: a client drops what it has not read yet when the connection breaks, and on a busy machine all
      // timers of one moment come before it has read anything.
      response.write(body.subarray(0, mishap.afterBytes), async () => {
        for (const _ of Array(5)) await delay(5);
        response.destroy();
      });
    } else if (mishap?.kind === 'stall') response.write(body.subarray(0, mishap.afterBytes));
    else response.end(body);
  }

  const cdn = createServer((request, response) => {
    see('cdn', request);
    if (request.method === 'PUT') return void store(request, response);
    const [, hash = '', path = ''] = (request.url ?? '').split('/');
    const blob = blobs.get(hash);
    if (!blob) return refuse(response, 404);
    send(request, response, blob.bytes, decodeURIComponent(path));
  });
  const cdnUrl = await listen(cdn);

  /** Takes a large file under the hash that it must have. */
  async function store(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await bodyOf(request);
    if (`/upload/${sha256(bytes)}` !== request.url) return refuse(response, 400);
    stored.set(sha256(bytes), bytes);
    response.end();
  }

  /** Makes repositories and commits files into them, in the steps in which the hub has it. */
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = String(await bodyOf(request));
    const token = request.headers.authorization?.replace('Bearer ', '');
    const path = new URL(request.url ?? '', 'http://hub').pathname;
    const mishap = mishaps.get(path)?.shift();
    if (mishap?.kind === 'status') return refuse(response, mishap.status, mishap.headers);
    if (token === 'hf_wrong') return refuse(response, 401);
    if (token === 'hf_read') return refuse(response, 403);
    if (path === '/api/repos/create') {
      const { organization, name, visibility } = JSON.parse(body);
      const id = `${organization}/${name}`;
      if (uploads.has(id) || models[id]) return refuse(response, 409);
      uploads.set(id, { visibility, files: new Map(), large: new Set(), titles: [] });
      return json(response, { url: `${url}/${id}`, id });
    }
    const [, name = '', step] =
      /^\/api\/models\/(.+)\/(preupload|commit)\/main$/.exec(path) ??
      /^\/(.+)\.git\/(info)\/lfs\/objects\/batch$/.exec(path) ??
      [];
    const model = uploads.get(name);
    if (!model) return refuse(response, 404);
    if (step === 'preupload') {
      const files: { path: string; size: number }[] = JSON.parse(body).files;
      const isLarge = (file: string): boolean => /\.(safetensors|onnx|data|gguf)$/.test(file);
      const modes = files.map((file) => ({ ...file, uploadMode: isLarge(file.path) ? 'lfs' : 'regular' }));
      return json(response, { files: modes });
    }
    if (step === 'info') {
      const { objects }: { objects: { oid: string; size: number }[] } = JSON.parse(body);
      const upload = (oid: string) => ({ upload: { href: `${cdnUrl}/upload/${oid}` } });
      return json(response, {
        transfer: 'basic',
        objects: objects.map((object) => ({
          ...object,
          ...(!stored.has(object.oid) && { actions: upload(object.oid) }),
        })),
      });
    }
    for (const { key, value } of body.split('\n').map((line) => JSON.parse(line))) {
      if (key === 'header') model.titles.push(value.summary);
      if (key === 'file') model.files.set(value.path, Buffer.from(value.content, value.encoding));
      if (key !== 'lfsFile') continue;
      const bytes = stored.get(value.oid);
      if (bytes?.length !== value.size) return refuse(response, 400);
      model.files.set(value.path, bytes!);
      model.large.add(value.path);
    }
    json(response, {
      success: true,
      commitOid: 'c'.repeat(40),
      commitUrl: `${url}/${name}/commit/main`,
      hookOutput: '',
    });
  }

  const hub = createServer((request, response) => {
    see('hub', request);
    if (request.method === 'POST') return void take(request, response);
    const url = new URL(request.url ?? '', 'http://hub');
    const api = /^\/api\/(?:models\/)?((?:datasets\/)?.+?)\/(revision|tree)\/([^/]+)$/.exec(url.pathname);
    const resolve = /^\/(.+?)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname);
    const model = models[api?.[1] ?? resolve?.[1] ?? ''];
    const token = request.headers.authorization?.replace('Bearer ', '');
    if (api) {
      const mishap = mishaps.get('api')?.shift();
      if (mishap?.kind === 'status') return refuse(response, mishap.status, mishap.headers);
      if (mishap?.kind === 'text') return void response.end(mishap.body);
      if (mishap?.kind === 'drop') return void response.destroy();
      if (mishap?.kind === 'stall') return void (mishap.afterBytes > 0 && response.write('['));
    }
    if (token === 'hf_wrong') {
      return refuse(response, 401, { 'x-error-message': 'Invalid credentials in Authorization header' });
    }
    if (!model) return refuse(response, token ? 404 : 401, { 'x-error-code': 'RepoNotFound' });
    const revision = decodeURIComponent(api?.[3] ?? resolve?.[2] ?? '');
    const commit = model.refs[revision] ?? revision;
    const files = model.commits[commit];
    if (!files) return refuse(response, 404, { 'x-error-code': 'RevisionNotFound' });
    if (api?.[2] === 'revision') {
      return json(response, { _id: 'x', id: api[1], sha: commit, private: false, gated: !!model.gatedTo });
    }
    if (model.gatedTo && token !== model.gatedTo) {
      return refuse(response, token ? 403 : 401, { 'x-error-code': 'GatedRepo' });
    }
    if (api) return json(response, tree(files));
    const path = decodeURIComponent(resolve?.[3] ?? '');
    const file = files[path];
    if (!file) return refuse(response, 404, { 'x-error-code': 'EntryNotFound' });
    response.setHeader('x-repo-commit', commit);
    if (!file.lfs) {
      response.setHeader('etag', `"${gitSha1(file.bytes)}"`);
      return send(request, response, file.bytes, path);
    }
    const hash = sha256(file.bytes);
    response.writeHead(302, {
      location: `${cdnUrl}/${hash}/${encodeURIComponent(path)}`,
      'x-linked-etag': `"${hash}"`,
      'x-linked-size': file.bytes.length,
    });
    response.end();
  });
  const url = await listen(hub);
  return { url, requests, uploads, mishaps, close: async () => void (await Promise.all([stop(hub), stop(cdn)])) };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

function tree(files: Readonly<Record<string, HubFile>>): unknown[] {
  const entries: unknown[] = [{ type: 'directory', oid: '0'.repeat(40), size: 0, path: 'onnx' }];
  for (const [path, { bytes, lfs }] of Object.entries(files)) {
    const size = bytes.length;
    const oid = gitSha1(bytes);
    entries.push({
      type: 'file',
      oid,
      size,
      path,
      ...(lfs && { lfs: { oid: sha256(bytes), size, pointerSize: 134 } }),
    });
  }
  return entries;
}

function refuse(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ error: headers['x-error-message'] ?? `status ${status}` }));
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
}
