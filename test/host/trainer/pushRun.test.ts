import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PushPlan } from '../../../extension/contract/push.ts';
import { type PushOptions, pushRun } from '../../../extension/host/trainer/pushRun.ts';
import { RunStore } from '../../../extension/runs/folder/store.ts';
import { fakeTrainer } from '../../support/fakeTrainerProcess.ts';
import { type HubServer, startHub } from '../../support/hubServer.ts';
import { newRun } from '../../support/newRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const trainer = fakeTrainer();
const token = 'hf_secretThatNobodyMaySee';
let hub: HubServer;
let runs: string;
let run: string;

beforeEach(async () => {
  hub = await startHub({});
  runs = temporaryFolder();
  run = new RunStore(runs).create(newRun({ base: { commit: 'c0ffee', files: {} } })).folder;
  vi.stubEnv('HF_ENDPOINT', hub.url);
  vi.stubEnv('HF_TOKEN', token);
  vi.stubEnv('TMPDIR', temporaryFolder());
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
});

function push(confirm: PushOptions['confirm'], words: readonly string[] = [], signal = new AbortController().signal) {
  const notes: string[] = [];
  const options = {
    folder: runs,
    confirm,
    onNote: (line: string) => notes.push(line),
    signal,
  };
  const done = pushRun(trainer.program(), [run, '--runs', runs, '--to', 'me/reviews', ...words], options);
  return { done, notes };
}

describe('a push from the editor', () => {
  it('tells what would be sent before anything is asked of the hub, and sends it on a yes', async () => {
    const told: { readonly plan: PushPlan; readonly requests: number }[] = [];
    const { done, notes } = push(async (plan) => told.push({ plan, requests: hub.requests.length }) > 0);
    expect(await done).toBe(`${hub.url}/me/reviews`);
    expect(told).toEqual([
      {
        plan: {
          to: `${hub.url}/me/reviews`,
          seenBy: 'a new private repository',
          files: [
            { path: 'README.md', size: 7 },
            { path: 'weights', size: 3 },
          ],
          verified: 'reloaded: logits differ by at most 0',
          warning: '',
          card: '# Model',
        },
        requests: 0,
      },
    ]);
    const { visibility, files } = hub.uploads.get('me/reviews')!;
    expect(visibility).toBe('private');
    expect([...files.keys()].sort()).toEqual(['README.md', 'weights']);
    expect(JSON.stringify([told, notes])).not.toContain(token);
    expect(readdirSync(tmpdir())).toEqual([]);
  });

  it.each([
    ['no', async () => false],
    ['an answer that failed', async () => Promise.reject(new Error('gone'))],
  ])('sends nothing after %s', async (_, confirm) => {
    expect(await push(confirm).done).toBeUndefined();
    expect(hub.requests).toEqual([]);
    expect(readdirSync(tmpdir())).toEqual([]);
  });

  it('leaves nothing behind when it is cancelled, nor what was left by one that was killed', async () => {
    const [old, fresh] = ['peft-lab-push-abc123', 'peft-lab-push-def456'].map((name) => path.join(tmpdir(), name));
    for (const folder of [old!, fresh!]) mkdirSync(path.join(folder, 'model'), { recursive: true });
    const twoHoursAgo = new Date(Date.now() - 7_200_000);
    utimesSync(old!, twoHoursAgo, twoHoursAgo);
    const cancelling = new AbortController();
    let asked: AbortSignal | undefined;
    const { done } = push(
      (_, ended) => {
        asked = ended;
        cancelling.abort();
        return new Promise(() => {});
      },
      [],
      cancelling.signal,
    );
    expect(await done).toBeUndefined();
    expect(asked?.aborted).toBe(true);
    expect(hub.requests).toEqual([]);
    // Another push may be at the younger one.
    expect(readdirSync(tmpdir())).toEqual([path.basename(fresh!)]);
  });

  it.runIf(process.platform !== 'win32')('leaves nothing behind when it is ended before it is done', async () => {
    const words = ['push', run, '--runs', runs, '--to', 'me/reviews', '--by-lines'];
    const pushing = trainer.start(words, runs, 'pipe');
    await pushing.saying('"plan"');
    expect(readdirSync(tmpdir())).toHaveLength(1);
    pushing.child.kill('SIGINT');
    expect((await pushing.finished).code).toBe(130);
    expect(readdirSync(tmpdir())).toEqual([]);
  });

  it('says what push says where it cannot begin', async () => {
    vi.stubEnv('HF_TOKEN', '');
    vi.stubEnv('HF_HOME', temporaryFolder());
    const confirm = vi.fn(async () => true);
    await expect(push(confirm).done).rejects.toThrow(/HF_TOKEN|token/);
    expect(confirm).not.toHaveBeenCalled();
    expect(hub.requests).toEqual([]);
  });

  it('takes its question back where its process ends before the answer', async () => {
    const file = path.join(temporaryFolder(), 'program.mjs');
    const plan = { to: 'hub', seenBy: '', files: [], verified: '', warning: '', card: '' };
    writeFileSync(file, `console.log(${JSON.stringify(JSON.stringify({ plan }))}); process.exitCode = 3;`);
    const withdrawn = vi.fn();
    const confirm: PushOptions['confirm'] = (_, ended) => {
      ended.addEventListener('abort', withdrawn);
      return new Promise(() => {});
    };
    const options = { folder: runs, confirm, onNote: () => {}, signal: new AbortController().signal };
    await expect(pushRun({ node: process.execPath, nodeArguments: [file] }, [], options)).rejects.toThrow('3');
    expect(withdrawn).toHaveBeenCalledOnce();
  });

  it('says what to do where a Node of one’s own writes beside it', async () => {
    const file = path.join(temporaryFolder(), 'program.mjs');
    writeFileSync(file, "console.log('[dotenv] injecting'); setInterval(() => {}, 1000);");
    const options = { folder: runs, confirm: async () => true, onNote: () => {}, signal: new AbortController().signal };
    await expect(pushRun({ node: process.execPath, nodeArguments: [file] }, [], options)).rejects.toThrow(
      'peft-lab push: must write JSON alone, got "[dotenv] injecting"; name a Node that writes nothing itself',
    );
  });

  it('says how its process ended', async () => {
    const file = path.join(temporaryFolder(), 'program.mjs');
    writeFileSync(file, "console.error('no such run'); process.exitCode = 3;");
    const options = { folder: runs, confirm: async () => true, onNote: () => {}, signal: new AbortController().signal };
    const broken = { node: process.execPath, nodeArguments: [file] };
    await expect(pushRun(broken, [], options)).rejects.toThrow('no such run');
  });
});
