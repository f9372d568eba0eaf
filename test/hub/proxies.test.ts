import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { resolveModel } from '../../extension/hub/resolveModel.ts';
import { startHub } from '../support/hubServer.ts';
import { startProxy } from '../support/loggingProxy.ts';

const commit = 'a'.repeat(40);
const config = Buffer.from('{"model_type":"bert"}');

/** A hub on this machine, a proxy before it and an empty cache. */
async function network(proxyStatus?: number) {
  const home = await mkdtemp(join(tmpdir(), 'proxied-'));
  const files = { 'config.json': { bytes: config } };
  const hub = await startHub({ 'acme/bert': { refs: { main: commit }, commits: { [commit]: files } } });
  const proxy = await startProxy(proxyStatus);
  onTestFinished(async () => {
    await Promise.all([hub.close(), proxy.close()]);
    await rm(home, { recursive: true });
  });
  const get = (environment: Record<string, string>) =>
    resolveModel('acme/bert', {
      baseFolder: home,
      part: 'config',
      environment: { HF_HOME: home, HF_ENDPOINT: hub.url, HF_TOKEN: 'hf_right', ...environment },
      patience: { retryDelaysMs: [0], idleTimeoutMs: 60_000 },
    });
  return { hub, proxy, get };
}

describe('a proxy in the environment', () => {
  it.each(['HTTP_PROXY', 'http_proxy', 'ALL_PROXY'])('%s is what the hub is asked through', async (variable) => {
    const { hub, proxy, get } = await network();
    const folder = await get({ [variable]: `http://127.0.0.1:${proxy.port}` });
    expect(await readFile(join(folder, 'config.json'))).toEqual(config);
    expect(proxy.seen[0]!.asked).toMatch(new RegExp(`^GET ${hub.url}/api/models/acme/bert/`));
    expect(hub.requests.every(({ authorization }) => authorization === 'Bearer hf_right')).toBe(true);
  });

  it('is given its login, and may be named without a scheme', async () => {
    const { proxy, get } = await network();
    await get({ HTTP_PROXY: `me:p%40ss@127.0.0.1:${proxy.port}` });
    expect(proxy.seen[0]!.login).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  });

  it('is left out for the hosts of NO_PROXY', async () => {
    const { hub, proxy, get } = await network();
    await get({ HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: 'example.com,127.0.0.1' });
    expect(proxy.seen).toEqual([]);
    expect(hub.requests.length).toBeGreaterThan(0);
  });

  it('gets names of hosts to look up, and is named without its password where it refuses', async () => {
    const { proxy, get } = await network(502);
    const failed = get({
      HF_ENDPOINT: 'https://hub.invalid',
      HTTPS_PROXY: `http://me:secret-word@127.0.0.1:${proxy.port}`,
    });
    await expect(failed).rejects.toMatchObject({ code: 'unreachable' });
    const message = await failed.catch((error: Error) => error.message);
    expect(message).toContain(`check the network, HF_ENDPOINT and the proxy http://127.0.0.1:${proxy.port}, then`);
    expect(message).not.toContain('secret');
    expect(proxy.seen[0]!.asked).toBe('CONNECT hub.invalid:443');
  });

  it('says that the proxy demands a login', async () => {
    const { proxy, get } = await network(407);
    const environment = { ALL_PROXY: `http://127.0.0.1:${proxy.port}` };
    const refusal = `model acme/bert: the proxy http://127.0.0.1:${proxy.port} asks for a login (407)`;
    await expect(get(environment)).rejects.toThrow(refusal);
    await expect(get({ ...environment, HF_ENDPOINT: 'https://hub.invalid' })).rejects.toThrow(refusal);
  });

  it('refuses what is no address by the name of its variable', async () => {
    const { get } = await network();
    await expect(get({ HTTPS_PROXY: 'http://me:secret-word@proxy:port' })).rejects.toThrow(
      'HTTPS_PROXY or ALL_PROXY: must be an address like http://proxy:8080, got another form; correct or unset it',
    );
  });
});
