import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lookUpModel, worldOf } from '../../extension/data/world.ts';
import { type HubServer, startHub } from '../support/hubServer.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const commit = 'a'.repeat(40);
const bert = {
  model_type: 'bert',
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 64,
  vocab_size: 100,
  max_position_embeddings: 64,
  type_vocab_size: 2,
};
const config = (content: object) => ({ 'config.json': { bytes: Buffer.from(JSON.stringify(content)) } });

describe('a model that somebody is about to choose', () => {
  let hub: HubServer;
  let folder: string;

  beforeEach(async () => {
    folder = temporaryFolder();
    hub = await startHub({
      'acme/bert': { refs: { main: commit }, commits: { [commit]: config(bert) } },
      'acme/odd': { refs: { main: commit }, commits: { [commit]: config({ model_type: 'mamba' }) } },
    });
    vi.stubEnv('HF_ENDPOINT', hub.url);
    vi.stubEnv('HF_HOME', path.join(folder, 'cache'));
    vi.stubEnv('HF_HUB_OFFLINE', '');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await hub.close();
  });

  it('is looked at on the hub, of which its config alone is fetched', async () => {
    expect(await lookUpModel('acme/bert', folder)).toMatchObject({
      kind: 'known',
      dimensions: { hidden: 32, layers: 2 },
    });
    const fetched = readdirSync(path.join(folder, 'cache'), { recursive: true }).map(String);
    expect(fetched.filter((name) => name.endsWith('.json')).map((name) => path.basename(name))).toEqual([
      'config.json',
    ]);
  });

  it('is refused with the cause where the hub has none of that name, or none that can be tuned', async () => {
    const reason = async (model: string) => {
      const facts = await lookUpModel(model, folder);
      return facts.kind === 'unusable' ? facts.reason : facts.kind;
    };
    expect(await reason('acme/no-such-model')).toMatch(/acme\/no-such-model/);
    expect(await reason('acme/odd')).toMatch(/mamba/);
    expect(await reason('../etc')).toMatch(/\.\.\/etc/);
  });

  it('is unknown where the hub cannot be reached, and read from disk where it is a folder', async () => {
    await hub.close();
    expect(await lookUpModel('acme/bert', folder)).toEqual({ kind: 'unknown' });
    mkdirSync(path.join(folder, 'mine'));
    writeFileSync(path.join(folder, 'mine', 'config.json'), JSON.stringify(bert));
    expect((await lookUpModel(path.join(folder, 'mine'), folder)).kind).toBe('known');
  });
});

describe('a model that a config names', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('is checked once a run has brought it, and cannot be used where no run may bring it', async () => {
    const folder = temporaryFolder();
    vi.stubEnv('HF_HOME', path.join(folder, 'cache'));
    vi.stubEnv('HF_HUB_OFFLINE', '');
    const facts = () => worldOf(folder).model('acme/bert', null);
    expect(await facts()).toEqual({ kind: 'unknown' });
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    expect(await facts()).toMatchObject({ kind: 'unusable', reason: expect.stringContaining('unset HF_HUB_OFFLINE') });
  });
});
