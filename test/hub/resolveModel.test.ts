import { mkdir, mkdtemp, open, readdir, readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DownloadProgress } from '../../extension/hub/downloadProgress.ts';
import { HubError } from '../../extension/hub/hubErrors.ts';
import { withoutDownloads } from '../../extension/hub/hubSettings.ts';
import { type ResolveOptions, resolveModel } from '../../extension/hub/resolveModel.ts';
import { gitSha1, type HubFile, type HubServer, sha256, startHub } from '../support/hubServer.ts';

const text = (content: string): HubFile => ({ bytes: Buffer.from(content) });
const weights = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251));
const first = 'a'.repeat(40);
const second = 'b'.repeat(40);
const small = { 'config.json': text('{"model_type":"bert"}'), 'tokenizer.json': text('{}') };
const whole = { ...small, 'model.safetensors': { bytes: weights, lfs: true }, 'README.md': text('hello') };
const index = (files: readonly string[]) =>
  text(JSON.stringify({ weight_map: Object.fromEntries(files.map((file, i) => [`t${i}`, file])) }));
const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];

let hub: HubServer;
let home: string;
let seen: DownloadProgress[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hub-'));
  seen = [];
  hub = await startHub({
    'acme/bert': {
      refs: { main: first, v2: second },
      commits: { [first]: whole, [second]: { ...whole, 'config.json': text('{"v":2}') } },
    },
    'acme/sharded': {
      refs: { main: first },
      commits: {
        [first]: {
          ...small,
          'model.safetensors.index.json': index(shards),
          [shards[0]!]: { bytes: weights.subarray(0, 1000), lfs: true },
          [shards[1]!]: { bytes: weights.subarray(1000, 3000), lfs: true },
        },
      },
    },
    'acme/escape': {
      refs: { main: first },
      commits: { [first]: { ...small, 'model.safetensors.index.json': index(['../../evil.safetensors']) } },
    },
    'acme/pickled': { refs: { main: first }, commits: { [first]: { ...small, 'pytorch_model.bin': text('x') } } },
    'acme/empty': { refs: { main: first }, commits: { [first]: { 'README.md': text('x') } } },
    'acme/gated': { refs: { main: first }, commits: { [first]: whole }, gatedTo: 'hf_right' },
  });
});

afterEach(async () => {
  await hub.close();
  await rm(home, { recursive: true });
});

const get = (model: string, environment: ResolveOptions['environment'] = {}, more: Partial<ResolveOptions> = {}) =>
  resolveModel(model, {
    baseFolder: home,
    environment: { HF_HOME: home, HF_ENDPOINT: hub.url, ...environment },
    onProgress: (progress) => seen.push(progress),
    patience: { retryDelaysMs: [0, 0], idleTimeoutMs: 60_000 },
    ...more,
  });

async function failure(promise: Promise<string>): Promise<HubError> {
  const error = await promise.then(
    (folder) => new Error(`expected a failure, got ${folder}`),
    (reason: unknown) => reason,
  );
  if (error instanceof HubError) return error;
  throw error;
}

async function expectWeights(folder: string): Promise<void> {
  const bytes = await readFile(join(folder, 'model.safetensors'));
  expect(sha256(bytes)).toBe(sha256(weights));
}

const cache = () => join(home, 'hub', 'models--acme--bert');
const fetches = (file: string) => hub.requests.filter(({ path }) => path.endsWith(`/${file}`));

describe('a model from the hub', () => {
  it("is laid out as the shared cache is, with nothing that isn't needed", async () => {
    const folder = await get('acme/bert');
    expect(folder).toBe(join(cache(), 'snapshots', first));
    expect((await readdir(folder)).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
    await expectWeights(folder);
    expect(await readFile(join(cache(), 'refs', 'main'), 'utf8')).toBe(first);
    expect((await readdir(join(cache(), 'blobs'))).sort()).toEqual(
      [gitSha1(small['config.json'].bytes), gitSha1(small['tokenizer.json'].bytes), sha256(weights)].sort(),
    );
    expect(await readlink(join(folder, 'model.safetensors'))).toBe(join('..', '..', 'blobs', sha256(weights)));
  });

  it('reports bytes and rate up to the total', async () => {
    await get('acme/bert');
    const total = weights.length + small['config.json'].bytes.length + small['tokenizer.json'].bytes.length;
    expect(seen.at(-1)).toMatchObject({ file: 'model.safetensors', bytes: total, totalBytes: total });
    expect(seen.at(-1)!.bytesPerSecond).toBeGreaterThan(0);
    expect(seen.every(({ bytes }, i) => i === 0 || bytes >= seen[i - 1]!.bytes)).toBe(true);
  });

  it('is taken from the cache the second time, without a request', async () => {
    const folder = await get('acme/bert');
    hub.requests.length = 0;
    expect(await get('acme/bert')).toBe(folder);
    expect(await get('acme/bert', { HF_HUB_OFFLINE: '1' })).toBe(folder);
    expect(hub.requests).toEqual([]);
  });

  it.each([['v2'], [second]])('is pinned by revision %s', async (revision) => {
    await get('acme/bert');
    const folder = await get('acme/bert', {}, { revision });
    expect(folder).toBe(join(cache(), 'snapshots', second));
    expect(await readFile(join(folder, 'config.json'), 'utf8')).toBe('{"v":2}');
    expect(fetches('model.safetensors').filter(({ host }) => host === 'cdn')).toHaveLength(1); // its blob is shared
  });

  it('finds a model that was a folder before there or not at all', async () => {
    const folder = join(home, 'acme', 'bert');
    const { code, message } = await failure(get('acme/bert', {}, { from: 'folder' }));
    expect(code).toBe('folder-not-found');
    expect(message).toBe(
      `model acme/bert: must be the folder that the run was trained on, got no folder at ${folder}; put it back there`,
    );
    expect(hub.requests).toEqual([]);
    await mkdir(folder, { recursive: true });
    expect(await get('acme/bert', {}, { from: 'folder' })).toBe(folder);
    expect(await get('acme/bert', {}, { from: 'hub', revision: first })).toBe(join(cache(), 'snapshots', first));
  });

  describe('of which another program has left out what says how texts are read', () => {
    const template = {
      'tokenizer_config.json': text('{"do_lower_case":false}'),
      'chat_template.jinja': text('{{ x }}'),
    };
    let other: HubServer;
    beforeEach(async () => {
      other = await startHub({
        'acme/chat': { refs: { main: second }, commits: { [first]: { ...whole, ...template } } },
      });
      const folder = join(home, 'hub', 'models--acme--chat');
      await mkdir(join(folder, 'refs'), { recursive: true });
      await writeFile(join(folder, 'refs', 'main'), first);
      await mkdir(join(folder, 'snapshots', first), { recursive: true });
      for (const [file, { bytes }] of Object.entries({ ...small, 'model.safetensors': { bytes: weights } })) {
        await writeFile(join(folder, 'snapshots', first, file), bytes);
      }
    });
    afterEach(() => other.close());
    const files = async (environment: Record<string, string> = {}, more: Partial<ResolveOptions> = {}) =>
      (await readdir(await get('acme/chat', { HF_ENDPOINT: other.url, ...environment }, more))).sort();
    const partial = ['config.json', 'model.safetensors', 'tokenizer.json'];
    const full = [...partial, ...Object.keys(template)].sort();

    it('gets it from the hub, of its own commit, and asks once', async () => {
      expect(await files()).toEqual(full);
      expect(other.requests.map(({ path }) => path).join()).not.toContain('model.safetensors');
      other.requests.length = 0;
      expect(await files()).toEqual(full);
      expect(other.requests).toEqual([]);
    });

    it('is used as it is where the hub may not be asked, does not answer, or a run was trained on it', async () => {
      expect(await files({ HF_HUB_OFFLINE: '1' })).toEqual(partial);
      expect(await files({}, { from: 'hub' })).toEqual(partial);
      expect(other.requests).toEqual([]);
      other.mishaps.set('tokenizer_config.json', [{ kind: 'status', status: 503 }]);
      expect(await files()).toEqual(partial);
      expect(await files({ HF_ENDPOINT: 'http://127.0.0.1:1' })).toEqual(partial);
      expect(await files()).toEqual(full);
    });
  });

  it('is whole with vocab.txt in place of tokenizer.json', async () => {
    const { 'tokenizer.json': _, ...others } = whole;
    const files = { ...others, 'vocab.txt': text('[PAD]') };
    const second = await startHub({ 'acme/old': { refs: { main: first }, commits: { [first]: files } } });
    try {
      const folder = await get('acme/old', { HF_ENDPOINT: second.url });
      expect((await readdir(folder)).sort()).toEqual(['config.json', 'model.safetensors', 'vocab.txt']);
      second.requests.length = 0;
      expect(await get('acme/old', { HF_ENDPOINT: second.url })).toBe(folder);
      expect(second.requests).toEqual([]);
    } finally {
      await second.close();
    }
  });

  it('needs only the config for counting', async () => {
    const folder = await get('acme/bert', {}, { part: 'config' });
    expect(await readdir(folder)).toEqual(['config.json']);
    await get('acme/bert');
    expect((await readdir(folder)).length).toBe(3);
  });

  it('may be in shards, named by the index', async () => {
    const folder = await get('acme/sharded');
    expect(await readdir(folder)).toEqual(expect.arrayContaining(shards));
    await rm(await realpath(join(folder, shards[1]!)));
    await get('acme/sharded');
    expect(sha256(await readFile(join(folder, shards[1]!)))).toBe(sha256(weights.subarray(1000, 3000)));
    expect(fetches(shards[0]!).filter(({ host }) => host === 'cdn')).toHaveLength(1);
  });

  it('arrives whole when two ask at the same time', async () => {
    const [a, b] = await Promise.all([get('acme/bert'), get('acme/bert')]);
    expect(a).toBe(b);
    await expectWeights(a);
    expect((await readdir(join(cache(), 'blobs'))).filter((name) => name.endsWith('.incomplete'))).toEqual([]);
  });
});

describe('an interrupted download', () => {
  it('goes on by Range where the connection broke, several times', async () => {
    const drops = [1, 2, 3, 4, 5].map(() => ({ kind: 'drop', afterBytes: 20_000 }) as const);
    hub.mishaps.set('model.safetensors', drops);
    const folder = await get('acme/bert');
    await expectWeights(folder);
    const ranges = fetches('model.safetensors').filter(({ host }) => host === 'cdn');
    expect(ranges.length).toBeGreaterThan(1);
    expect(ranges.at(-1)!.range).toMatch(/^bytes=\d+-$/);
  });

  it('goes on in a later start, from the .incomplete file', async () => {
    const blobs = join(cache(), 'blobs');
    await mkdir(blobs, { recursive: true });
    await writeFile(join(blobs, `${sha256(weights)}.incomplete`), weights.subarray(0, 123_456));
    await get('acme/bert');
    expect(fetches('model.safetensors').at(-1)!.range).toBe('bytes=123456-');
    expect(await readdir(blobs)).not.toContain(`${sha256(weights)}.incomplete`);
    const last = seen.at(-1)!;
    expect(last.bytes).toBe(last.totalBytes);
  });

  it('leaves its part for the next start when the hub goes away', async () => {
    hub.mishaps.set('model.safetensors', [
      { kind: 'drop', afterBytes: 50_000 },
      ...[1, 2, 3].map(() => ({ kind: 'drop', afterBytes: 0 }) as const),
    ]);
    const error = await failure(get('acme/bert'));
    expect(error.code).toBe('unreachable');
    expect(error.message).toMatch(/cannot be reached \(.+\); check the network and HF_ENDPOINT/);
    const part = await readFile(join(cache(), 'blobs', `${sha256(weights)}.incomplete`));
    expect(part.length).toBeGreaterThan(0);
    await get('acme/bert');
    expect(fetches('model.safetensors').at(-1)!.range).toBe(`bytes=${part.length}-`);
  });

  it('starts anew where the server cannot continue', async () => {
    hub.mishaps.set('model.safetensors', [{ kind: 'drop', afterBytes: 50_000 }, { kind: 'ignore-range' }]);
    await expectWeights(await get('acme/bert'));
  });

  it('counts silence as a lost connection', async () => {
    hub.mishaps.set('model.safetensors', [{ kind: 'stall', afterBytes: 1000 }]);
    hub.mishaps.set('api', [{ kind: 'stall', afterBytes: 0 }]);
    // Long enough for a machine that has other things to do: what is not silent must not count as it.
    await get('acme/bert', {}, { patience: { retryDelaysMs: [0, 0], idleTimeoutMs: 1000 } });
    expect(fetches('model.safetensors').at(-1)!.range).toBe('bytes=1000-');
  });

  it('ends at once when it is called off', async () => {
    const controller = new AbortController();
    hub.mishaps.set('model.safetensors', [{ kind: 'stall', afterBytes: 1000 }]);
    const stopped = get(
      'acme/bert',
      {},
      {
        signal: controller.signal,
        onProgress: ({ file }) => file === 'model.safetensors' && controller.abort(new Error('called off')),
      },
    );
    await expect(stopped).rejects.toThrow('called off');
  });
});

describe('wrong bytes', () => {
  it.each(['model.safetensors', 'config.json'])('in %s are fetched once more', async (file) => {
    hub.mishaps.set(file, [{ kind: 'damage' }]);
    const folder = await get('acme/bert');
    expect(sha256(await readFile(join(folder, file)))).toBe(sha256(whole[file as keyof typeof whole].bytes));
  });

  it('twice are an error, and removed', async () => {
    hub.mishaps.set('model.safetensors', [{ kind: 'damage' }, { kind: 'damage' }]);
    const error = await failure(get('acme/bert'));
    expect(error.code).toBe('hash-mismatch');
    expect(error.message).toMatch(/model.safetensors arrived damaged twice .*it was removed/);
    const blobs = await readdir(join(cache(), 'blobs'));
    expect(blobs.filter((name) => name.startsWith(sha256(weights)))).toEqual([]);
    expect((await failure(get('acme/bert', { HF_HUB_OFFLINE: '1' }))).code).toBe('offline');
  });

  it('left by an earlier start do not spoil the next one', async () => {
    await mkdir(join(cache(), 'blobs'), { recursive: true });
    await writeFile(join(cache(), 'blobs', `${sha256(weights)}.incomplete`), Buffer.alloc(5000, 1));
    await expectWeights(await get('acme/bert'));
  });
});

describe('tokens', () => {
  it('go to the hub only, not to where it sends us for large files', async () => {
    await get('acme/gated', { HF_TOKEN: 'hf_right' });
    expect(hub.requests.filter(({ host }) => host === 'hub').every((r) => r.authorization === 'Bearer hf_right')).toBe(
      true,
    );
    expect(hub.requests.filter(({ host }) => host === 'cdn').map((r) => r.authorization)).toEqual([undefined]);
  });

  it('saved by a login are used, and need no special form', async () => {
    await writeFile(join(home, 'token'), 'plain-token\n');
    await get('acme/bert');
    expect(hub.requests[0]!.authorization).toBe('Bearer plain-token');
  });

  it.each([
    [{}, 'gated', /is gated; accept its terms on .*acme\/gated, then set HF_TOKEN/],
    [{ HF_TOKEN: 'hf_other' }, 'gated', /use a token of the account that accepted them/],
    [{ HF_TOKEN: 'hf_wrong' }, 'unauthorized', /refused the token \(status 401\).*set HF_TOKEN/],
  ])('%j: a gated model says what to do', async (environment: Record<string, string>, code, message) => {
    const error = await failure(get('acme/gated', environment));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('hf_');
  });

  it.each([
    ['a line break', 'hf_aaaaaaaa\nhf_bbbbbbbb'],
    ['a blank', 'hf_aaaaaaaa hf_bbbbbbbb'],
    ['a sign that headers cannot hold', 'hf_aaaaaaaa…bbbbbbbb'],
    ['an escape sequence', '\u001b]0;hf_aaaaaaaabbbbbbbb'],
  ])('with %s are refused by the name of the variable, before anything is asked', async (_, token) => {
    for (const variable of ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN']) {
      const error = await failure(get('acme/gated', { [variable]: token }));
      expect(error.message).toMatch(new RegExp(`^${variable}: must be one word .*; copy the token again`));
      expect(error.message).not.toMatch(/aaa|bbb|hf_/);
    }
    await writeFile(join(home, 'token'), token);
    expect((await failure(get('acme/gated'))).message).toContain(`${join(home, 'token')}: must be one word`);
    expect(hub.requests).toEqual([]);
  });

  it('are not told when a server sends them back, in a header or a body', async () => {
    const token = 'hf_QqWwEeRrTtYyUu';
    const headers = { 'x-error-message': `you sent Bearer ${token} \x9b2J` };
    const told: string[] = [];
    hub.mishaps.set(
      'api',
      [1, 2, 3].map(() => ({ kind: 'status', status: 500, headers }) as const),
    );
    told.push((await failure(get('acme/bert', { HF_TOKEN: token }))).message);
    for (const body of [token, `{"sha": "${token}"}`, `[{"type": "file", "path": "${token}\\u001b[2J"}]`]) {
      hub.mishaps.set('api', [{ kind: 'text', body }]);
      told.push((await failure(get('acme/bert', { HF_TOKEN: token }, { revision: first }))).message);
    }
    expect(told[0]).toContain('answered with status 500 (you sent Bearer ***');
    for (const message of told) {
      expect(message).not.toMatch(/\p{Cc}/u);
      for (let at = 0; at + 8 <= token.length; at++) expect(message).not.toContain(token.slice(at, at + 8));
    }
  });

  it('are not expected in HF_ENDPOINT', async () => {
    const endpoint = hub.url.replace('//', '//me:secret-word@');
    const error = await failure(get('acme/bert', { HF_ENDPOINT: endpoint }));
    expect(error.message).toMatch(
      /^HF_ENDPOINT: must hold no user name and password, .*HF_TOKEN is the login for a mirror$/,
    );
    for (const other of ['me:secret-word@hub', 'hub', 'ftp://hub']) {
      const { message } = await failure(get('acme/bert', { HF_ENDPOINT: other }));
      expect(message).toMatch(/^HF_ENDPOINT: must be an address like/);
      expect(message).not.toContain('secret');
    }
  });
});

describe('refusals', () => {
  it.each([
    [
      'acme/bret',
      'not-found',
      /neither a folder \(.*acme\/bret\) nor a model on http.*for a private model set HF_TOKEN/,
    ],
    ['./models/bert', 'folder-not-found', /got no folder at .*models\/bert; correct the path/],
    ['a/b/c', 'folder-not-found', /got no folder at/],
    ['owner/--x', 'bad-id', /must be a folder or a hub id like/],
    ['what is this', 'bad-id', /must be a folder or a hub id like/],
    ['acme/pickled', 'no-safetensors', /has pytorch_model.bin but no safetensors.*save_pretrained/],
    ['acme/empty', 'file-missing', /has no config.json, got README.md/],
    ['acme/escape', 'bad-answer', /must name .safetensors files beside it, got "..\/..\/evil.safetensors"/],
  ])('%s: %s', async (model, code, message) => {
    const error = await failure(get(model));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it('name an unknown revision', async () => {
    expect(await failure(get('acme/bert', {}, { revision: 'v9' }))).toMatchObject({ code: 'revision-not-found' });
    expect(await failure(get('acme/bert', {}, { revision: '../x' }))).toMatchObject({ code: 'bad-id' });
  });

  it('say what offline mode lacks, and to those who only look what the first run downloads', async () => {
    const error = await failure(get('acme/bert', { HF_HUB_OFFLINE: 'ON' }));
    expect(error).toMatchObject({ code: 'offline' });
    expect((await failure(get('acme/bert', withoutDownloads({})))).message).toMatch(
      /^model acme\/bert.*: it is not in the cache \S+ yet; the first run downloads it$/,
    );
    expect(error.message).toMatch(/offline mode is on and it is not in the cache .*unset HF_HUB_OFFLINE/);
    await rm(join(await get('acme/bert'), 'model.safetensors'));
    const partial = await failure(get('acme/bert', { HF_HUB_OFFLINE: '1' }));
    expect(partial.message).toMatch(/model.safetensors is not in the cache/);
    expect(hub.requests.length).toBeGreaterThan(0);
  });

  it('wait when the hub is busy, and give up in the end', async () => {
    const busy = { kind: 'status', status: 429, headers: { 'retry-after': '0.01' } } as const;
    hub.mishaps.set('api', [busy, { kind: 'status', status: 503 }]);
    await get('acme/bert');
    hub.mishaps.set('api', [busy, busy, busy]);
    const error = await failure(get('acme/sharded'));
    expect(error).toMatchObject({ code: 'server' });
    expect(error.message).toMatch(/too many requests \(429\); wait some minutes, or set HF_TOKEN/);
  });

  it('come at once when nobody listens there', async () => {
    const gone = await startHub({});
    await gone.close();
    const patience = { retryDelaysMs: [600_000], idleTimeoutMs: 60_000 };
    const error = await failure(get('acme/bert', { HF_ENDPOINT: gone.url }, { patience }));
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringContaining('ECONNREFUSED') });
  });

  it('tell of the folder that is not there where the hub was not asked for a name without an owner', async () => {
    const gone = await startHub({});
    await gone.close();
    const patience = { retryDelaysMs: [], idleTimeoutMs: 60_000 };
    for (const environment of [{ HF_ENDPOINT: gone.url }, { HF_HUB_OFFLINE: '1' }]) {
      const told = async (model: string) => (await failure(get(model, environment, { patience }))).message;
      expect(await told('nofolder')).toMatch(/^model nofolder: .*; if a folder is meant, there is none at .*nofolder$/);
      expect(await told('acme/nofolder')).not.toContain('if a folder is meant');
    }
  });

  it('tell a hub that cannot be reached from one that talks nonsense', async () => {
    hub.mishaps.set(
      'api',
      [1, 2, 3].map(() => ({ kind: 'drop', afterBytes: 0 }) as const),
    );
    expect(await failure(get('acme/bert'))).toMatchObject({ code: 'unreachable' });
    for (const body of ['<html>captive portal</html>', '{}']) {
      hub.mishaps.set('api', [{ kind: 'text', body }]);
      const error = await failure(get('acme/bert'));
      expect(error).toMatchObject({ code: 'bad-answer' });
      expect(error.message).toMatch(/check that HF_ENDPOINT is a Hugging Face hub/);
    }
  });

  it('end an answer that is too long, or stands still in the middle', async () => {
    hub.mishaps.set('api', [{ kind: 'text', body: '[ '.repeat(9 * 1024 ** 2) }]);
    const long = await failure(get('acme/bert', {}, { revision: first }));
    expect(long).toMatchObject({ code: 'bad-answer', message: expect.stringContaining('more than 16 MiB') });
    hub.mishaps.set('api', [{ kind: 'stall', afterBytes: 1 }]);
    const patience = { retryDelaysMs: [], idleTimeoutMs: 1000 };
    const silent = await failure(get('acme/bert', {}, { revision: first, patience }));
    expect(silent).toMatchObject({
      code: 'bad-answer',
      message: expect.stringContaining('no more of it within 1000 ms'),
    });
  });

  it('come before the download when the disk cannot hold it', async () => {
    const oid = 'c'.repeat(64);
    const huge = { type: 'file', path: 'model.safetensors', oid: 'd'.repeat(40), size: 1e15, lfs: { oid, size: 1e15 } };
    const config = { type: 'file', path: 'config.json', oid: gitSha1(small['config.json'].bytes), size: 21 };
    hub.mishaps.set('api', [{ kind: 'text', body: JSON.stringify([config, huge]) }]);
    const error = await failure(get('acme/bert', {}, { revision: first }));
    expect(error).toMatchObject({ code: 'disk-full' });
    expect(error.message).toMatch(/the disk is full, 1000.0 TB still to download and .*B free; free some space/);
  });

  it('count what an interrupted download brought as there', async () => {
    const oid = 'c'.repeat(64);
    const huge = { type: 'file', path: 'model.safetensors', oid: 'd'.repeat(40), size: 1e15, lfs: { oid, size: 1e15 } };
    const config = { type: 'file', path: 'config.json', oid: gitSha1(small['config.json'].bytes), size: 21 };
    hub.mishaps.set('api', [{ kind: 'text', body: JSON.stringify([config, huge]) }]);
    await mkdir(join(cache(), 'blobs'), { recursive: true });
    const part = await open(join(cache(), 'blobs', `${oid}.incomplete`), 'w');
    await part.truncate(3e11); // holds no blocks
    await part.close();
    const error = await failure(get('acme/bert', {}, { revision: first }));
    expect(error.message).toMatch(/the disk is full, 999.7 TB still to download/);
  });
});

describe('a folder', () => {
  it('wins over the hub, relative to the config', async () => {
    await mkdir(join(home, 'acme', 'bert'), { recursive: true });
    expect(await get('acme/bert')).toBe(join(home, 'acme', 'bert'));
    expect(await get(join(home, 'acme'))).toBe(join(home, 'acme'));
    expect(hub.requests).toEqual([]);
  });
});
