import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { operations } from '../../../extension/cli/operations.ts';
import { chooseEngine } from '../../../extension/runs/folder/engineChoice.ts';
import { readRunRecord } from '../../../extension/runs/folder/store.ts';
import { sha256, startHub } from '../../support/hubServer.ts';
import { attempt, createRun, examples, smallConfig } from '../../support/smallRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const quiet = () => {};
const other = { allowOtherBase: true };
const text = { kind: 'text', text: 'a fine film' } as const;

let folder: string;
let model: string;
let config: string;

beforeEach(() => {
  folder = temporaryFolder();
  model = path.join(folder, 'model');
  cpSync(path.join(examples, 'model'), model, { recursive: true });
  config = smallConfig(folder, { model: 'model', training: { max_steps: 3, batch_size: 8 } });
});

/** Other weights of the same names and shapes. */
function changeWeights(): void {
  const file = path.join(model, 'model.safetensors');
  const bytes = readFileSync(file);
  bytes.fill(0, bytes.length / 2);
  writeFileSync(file, bytes);
}

function changeTokenizer(): void {
  const file = path.join(model, 'tokenizer.json');
  const definition = JSON.parse(readFileSync(file, 'utf8'));
  const { vocab } = definition.model;
  const [a, b] = Object.keys(vocab).slice(-2) as [string, string];
  [vocab[a], vocab[b]] = [vocab[b], vocab[a]];
  writeFileSync(file, JSON.stringify(definition));
}

describe("a run's base model", () => {
  it('is on record: that it was a folder, and what was in it', async () => {
    const { base } = readRunRecord(await createRun(config));
    const hashes = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'].map((name) => [
      name,
      sha256(readFileSync(path.join(model, name))),
    ]);
    expect(base).toEqual({ commit: null, files: Object.fromEntries(hashes) });
  });

  it('is the same for every use of a tuned model, unless another is allowed', async () => {
    const run = await createRun(config);
    await attempt(run, false);
    const before = await operations.predict(run, text, quiet);
    changeWeights();
    changeTokenizer();
    const refusal = `${model}: must be the model that ${path.basename(run)} was trained on, got another model.safetensors, another tokenizer.json; put the old files back, or take this one all the same with --allow-other-base`;
    const data = path.join(folder, 'validation.tsv');
    const uses = [
      (options = {}) => operations.predict(run, text, quiet, options),
      (options = {}) => operations.evaluate(run, data, quiet, options),
      (options = {}) => operations.export(run, 'merged', path.join(folder, 'out'), quiet, options),
      async (options = {}) => (await operations.openPredictor(run, quiet, options)).close(),
    ];
    for (const use of uses) {
      await expect(use()).rejects.toThrow(refusal);
      await use(other);
    }
    await expect(operations.drift(run)).rejects.toThrow(refusal);
    const card = readFileSync(path.join(folder, 'out', 'README.md'), 'utf8');
    expect(card).toContain(
      'not the one that was trained on, but with `another model.safetensors, another tokenizer.json`',
    );
    expect(await operations.predict(run, text, quiet, other)).not.toEqual(before);
    rmSync(model, { recursive: true });
    cpSync(path.join(examples, 'model'), model, { recursive: true });
    expect(await operations.predict(run, text, quiet)).toEqual(before);
    await operations.export(run, 'merged', path.join(folder, 'same'), quiet, other);
    expect(readFileSync(path.join(folder, 'same', 'README.md'), 'utf8')).not.toContain('not the one');
  });

  it('is the same when the run goes on, unless another is allowed, which then is its base', async () => {
    const run = await createRun(config);
    await attempt(run, false, 1);
    changeWeights();
    await expect(operations.settleBase(run, false, quiet)).rejects.toThrow('got another model.safetensors;');
    await expect(attempt(run, true)).rejects.toThrow('got another model.safetensors;');
    const base = await operations.settleBase(run, true, quiet);
    chooseEngine(run, { base: base! });
    expect((await attempt(run, true)).outcome).toMatchObject({ state: 'finished', step: 3 });
    await operations.predict(run, text, quiet);
  });

  it('may lack nothing, nor have a file more that decides', async () => {
    const run = await createRun(config);
    writeFileSync(path.join(model, 'README.md'), 'decides nothing');
    writeFileSync(path.join(model, 'vocab.txt'), 'beside tokenizer.json, decides nothing');
    expect(await operations.settleBase(run, false, quiet)).toBeUndefined();
    writeFileSync(path.join(model, 'special_tokens_map.json'), '{}');
    rmSync(path.join(model, 'tokenizer_config.json'));
    await expect(operations.settleBase(run, false, quiet)).rejects.toThrow(
      'got a special_tokens_map.json that was not there, no tokenizer_config.json;',
    );
  });

  it('has the chat template of then, which runs of before do not know', async () => {
    const template = path.join(model, 'chat_template.jinja');
    writeFileSync(template, '{{ messages }}');
    const run = await createRun(config);
    writeFileSync(template, '{{ messages }}.');
    await expect(operations.settleBase(run, false, quiet)).rejects.toThrow('got another chat_template.jinja;');
    rmSync(template);
    await expect(operations.settleBase(run, false, quiet)).rejects.toThrow('got no chat_template.jinja;');
    const before = await createRun(config);
    writeFileSync(template, '{{ messages }}');
    expect(await operations.settleBase(before, false, quiet)).toBeUndefined();
  });

  it('never looks at the hub for a base that was a folder, whatever is allowed', async () => {
    const hub = await startHub({});
    vi.stubEnv('HF_ENDPOINT', hub.url);
    try {
      const run = await createRun(config);
      await attempt(run, false, 1);
      renameSync(model, path.join(folder, 'elsewhere'));
      for (const allowed of [false, true]) {
        await expect(operations.settleBase(run, allowed, quiet)).rejects.toThrow(
          `model model: must be the folder that the run was trained on, got no folder at ${model}; put it back there`,
        );
      }
      await expect(attempt(run, true)).rejects.toThrow('must be the folder that the run was trained on');
      expect(hub.requests).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
      await hub.close();
    }
  });

  it('is the commit of then for a hub model, whatever moved at the hub, and is downloaded for no look at the change', async () => {
    const [first, second] = ['a'.repeat(40), 'b'.repeat(40)];
    const file = (name: string, lfs = false) => ({ bytes: readFileSync(path.join(model, name)), lfs });
    const files = {
      'config.json': file('config.json'),
      'tokenizer.json': file('tokenizer.json'),
      'model.safetensors': file('model.safetensors', true),
    };
    const changed = { ...files, 'config.json': { bytes: Buffer.from(`${files['config.json'].bytes} `) } };
    const repository = { refs: { main: first }, commits: { [first]: files, [second]: changed } };
    const hub = await startHub({ 'acme/small': repository });
    vi.stubEnv('HF_ENDPOINT', hub.url);
    vi.stubEnv('HF_HOME', path.join(folder, 'hub'));
    try {
      const run = await createRun(
        smallConfig(folder, { model: 'acme/small', training: { max_steps: 2, batch_size: 8 } }),
      );
      expect(readRunRecord(run).base).toMatchObject({ commit: first });
      cpSync(model, path.join(folder, 'acme', 'small'), { recursive: true });
      const ref = path.join(folder, 'hub', 'hub', 'models--acme--small', 'refs', 'main');
      writeFileSync(ref, second);
      repository.refs.main = second;
      expect((await attempt(run, false)).outcome.state).toBe('finished');
      expect(await operations.settleBase(run, false, quiet)).toBeUndefined();
      expect(await operations.settleBase(run, true, quiet)).toMatchObject({ commit: second });
      const asked = hub.requests.length;
      expect(await operations.drift(run)).not.toEqual([]);
      vi.stubEnv('HF_HOME', path.join(folder, 'another hub'));
      await expect(operations.drift(run)).rejects.toThrow(
        'acme/small: must be on this machine to tell how far its tensors moved, got none in the cache; evaluate the run, which downloads it',
      );
      expect(hub.requests).toHaveLength(asked);
    } finally {
      vi.unstubAllEnvs();
      await hub.close();
    }
  });
});
