import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import type { Cli } from '../../extension/cli/cli.ts';
import { registerPush } from '../../extension/cli/commands/model/push.ts';
import { operations } from '../../extension/cli/operations.ts';
import { journalLine } from '../../extension/contract/journal.ts';
import { runFiles } from '../../extension/contract/run.ts';
import { errorMessage } from '../../extension/files/failure.ts';
import { type HubServer, sha256, startHub } from '../support/hubServer.ts';
import { attempt, createRun, examples, smallConfig } from '../support/smallRun.ts';

const token = 'hf_secretThatNobodyMaySee';
let home: string;
let hub: HubServer;
let run: string;

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'peft-lab-'));
  const model = path.join(home, 'model');
  cpSync(path.join(examples, 'model'), model, { recursive: true });
  writeFileSync(path.join(model, 'README.md'), '---\nlicense: apache-2.0\n---\n');
  const config = smallConfig(home, { model, training: { epochs: 1, batch_size: 8 } });
  // Three seeds of one arm of a sweep, and a run of another.
  for (const [index, overrides] of [
    ['training.seed=1'],
    ['training.seed=2'],
    ['training.seed=3'],
    ['training.dropout=0.2'],
  ].entries()) {
    const folder = await createRun(config, overrides);
    const file = path.join(folder, runFiles.record);
    const record = JSON.parse(readFileSync(file, 'utf8'));
    const sweep = { id: 'reviews', index, stage: 'results', arm: 'ln-tuning', experiment: 'small.peft.yaml' };
    writeFileSync(file, JSON.stringify({ ...record, sweep }));
    const { events } = await attempt(folder, false);
    const end = { type: 'end', time: new Date().toISOString(), state: 'finished', step: 5 } as const;
    writeFileSync(path.join(folder, runFiles.journal), [...events, end].map(journalLine).join(''));
    if (index === 0) run = folder;
  }
});

afterAll(() => rmSync(home, { recursive: true }));

beforeEach(async () => {
  hub = await startHub({ 'me/taken': { refs: {}, commits: {} } });
  mkdirSync(path.join(home, 'temporary'), { recursive: true });
  vi.stubEnv('TMPDIR', path.join(home, 'temporary'));
  vi.stubEnv('HF_HOME', home);
  vi.stubEnv('HF_ENDPOINT', hub.url);
  vi.stubEnv('HF_TOKEN', token);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
});

/** Pushes as the command line does; `answer` is what is said on the terminal, undefined where there is none. */
async function push(words: readonly string[], answer?: boolean) {
  const said = { printed: '', noted: '', code: 0 };
  const note = (text: string): void => {
    said.noted += text;
  };
  const asked: { readonly noted: string; readonly requests: number }[] = [];
  const cli: Cli = {
    print: (text) => {
      said.printed += text;
    },
    note,
    stderr: Object.assign(Object.create(process.stderr), { isTTY: false, write: note }),
    loadOperations: async () => operations,
    ...(answer !== undefined && {
      confirm: async () => {
        asked.push({ noted: said.noted, requests: hub.requests.length });
        return answer;
      },
    }),
    action:
      (action) =>
      async (...args) => {
        said.code = await action(...args);
      },
  };
  const root = new Command().exitOverride();
  registerPush(root, cli);
  try {
    await root.parseAsync(['push', path.basename(run), '--runs', path.dirname(run), ...words], { from: 'user' });
  } catch (error) {
    note(errorMessage(error));
    said.code = -1;
  }
  expect(said.printed + said.noted).not.toContain(token);
  expect(readdirSync(tmpdir())).toEqual([]);
  return { ...said, asked };
}

/** What `export` writes of the same run, card aside. */
async function exported(format: 'peft' | 'merged' | 'onnx'): Promise<ReadonlyMap<string, Buffer>> {
  const out = path.join(home, `exported-${format}`);
  await operations.export(run, format, out, () => {});
  const names = readdirSync(out).filter((name) => name !== 'README.md');
  const files = new Map(names.map((name) => [name, readFileSync(path.join(out, name))]));
  rmSync(out, { recursive: true });
  return files;
}

describe('push', () => {
  it.each(['peft', 'merged', 'onnx'] as const)(
    'uploads every file of a %s export byte for byte into a private repository',
    async (format) => {
      const { printed, code } = await push(['--to', 'me/reviews', '--format', format], true);
      expect({ printed, code }).toEqual({ printed: `${hub.url}/me/reviews\n`, code: 0 });
      const { visibility, files, large, titles } = hub.uploads.get('me/reviews')!;
      expect({ visibility, titles }).toEqual({
        visibility: 'private',
        titles: [`Upload ${format} of run ${path.basename(run)} with PEFT Lab`],
      });
      const wanted = await exported(format);
      expect([...files.keys()].sort()).toEqual([...wanted.keys(), 'README.md'].sort());
      for (const [name, bytes] of wanted) expect(sha256(files.get(name)!), name).toBe(sha256(bytes));
      expect(large.size).toBeGreaterThan(0);
      expect(
        hub.requests.filter(({ host }) => host === 'hub').every((r) => r.authorization === `Bearer ${token}`),
      ).toBe(true);
      expect(hub.requests.filter(({ host }) => host === 'cdn').every((r) => r.authorization === undefined)).toBe(true);
      for (const [name, bytes] of files) {
        expect(bytes.includes(token), name).toBe(false);
        expect(bytes.includes(home), name).toBe(name === 'adapter_config.json');
      }
    },
  );

  it('names the base of a native export without its place on this machine', async () => {
    expect(await push(['--to', 'me/reviews', '--format', 'native', '--yes'])).toMatchObject({ code: 0 });
    const { files } = hub.uploads.get('me/reviews')!;
    expect([...files.keys()].sort()).toEqual(['README.md', 'adapter.safetensors', 'manifest.json']);
    expect(JSON.parse(String(files.get('manifest.json'))).model.name).toBe('model');
    for (const [name, bytes] of files) expect(bytes.includes(home), name).toBe(false);
  });

  it('writes a card with data, counts, metrics over the seeds of the arm, and the licence of the base', async () => {
    await push(['--to', 'me/reviews', '--format', 'merged', '--yes']);
    const card = String(hub.uploads.get('me/reviews')!.files.get('README.md'));
    expect(parse(/^---\n(.*?)\n---\n/s.exec(card)![1]!)).toMatchObject({
      license: 'apache-2.0',
      library_name: 'transformers',
      tags: ['peft-lab', 'ln-tuning'],
    });
    expect(card).toMatch(
      /- Data: train `train.tsv` \(SHA-256 `[0-9a-f]{64}`\); validation `validation.tsv` \(SHA-256 /,
    );
    expect(card).toMatch(/- Tuned: method [\d,]+ \([\d.]+\u202f% of the base's [\d,]+\), head [\d,]+ numbers\n/);
    expect(card).toMatch(
      /- Over seeds: .*`accuracy` on validation rows [\d.]+\s%, 95 % interval [\d.−-]+\s% to [\d.]+\s%, 3 seeds/,
    );
    expect(card).toContain('from_pretrained("me/reviews")');
    expect(card).not.toContain(home);
  });

  it('sends nothing before a yes, and says before what goes where', async () => {
    const { asked, code, noted, printed } = await push(['--to', 'me/reviews'], false);
    expect({ code, printed }).toEqual({ code: 1, printed: '' });
    expect(hub.requests).toEqual([]);
    expect(asked).toHaveLength(1);
    expect(asked[0]!.requests).toBe(0);
    expect(asked[0]!.noted).toContain(`to ${hub.url}/me/reviews, a new private repository:\n`);
    expect(asked[0]!.noted).toMatch(/adapter_model\.safetensors +\d+\skB\n/);
    expect(asked[0]!.noted).toMatch(/\d files, \d+\skB\nwarning: the base is a folder of this machine/);
    expect(noted.endsWith('nothing was sent\n')).toBe(true);
  });

  it('refuses where there is no terminal to ask on', async () => {
    const { code, noted } = await push(['--to', 'me/reviews']);
    expect({ code, noted }).toEqual({
      code: -1,
      noted: 'push: asks before it sends anything, got no terminal to ask on; add --yes',
    });
    expect(hub.requests).toEqual([]);
  });

  it('makes a repository that everybody sees only when told so', async () => {
    const { asked } = await push(['--to', 'me/reviews', '--public'], true);
    expect(asked[0]!.noted).toContain('a new repository that everybody sees');
    expect(hub.uploads.get('me/reviews')!.visibility).toBe('public');
  });

  it('changes a repository that is there only with --update, which leaves who sees it', async () => {
    await push(['--to', 'me/reviews', '--yes']);
    const again = await push(['--to', 'me/reviews', '--yes', '--public']);
    expect(again.noted).toContain('model me/reviews: must be new, got one that is on');
    expect(hub.uploads.get('me/reviews')!.titles).toHaveLength(1);
    expect(await push(['--to', 'me/reviews', '--update', '--format', 'merged', '--yes'])).toMatchObject({ code: 0 });
    const { visibility, titles, files } = hub.uploads.get('me/reviews')!;
    expect({ visibility, commits: titles.length }).toEqual({ visibility: 'private', commits: 2 });
    expect(files.has('model.safetensors')).toBe(true);
    const both = await push(['--to', 'me/reviews', '--update', '--public', '--yes']);
    expect(both.noted).toContain('--public: must not be given beside --update');
  });

  it.each([
    ['bert', {}, '--to: must be OWNER/NAME'],
    ['me/../reviews', {}, '--to: must be OWNER/NAME'],
    [
      'me/reviews',
      { HF_HUB_OFFLINE: '1' },
      'model me/reviews: offline mode is on, so nothing is uploaded; unset HF_HUB_OFFLINE',
    ],
    ['me/reviews', { HF_TOKEN: '' }, 'model me/reviews: needs a token, got none in HF_TOKEN nor in '],
    ['me/reviews', { HF_TOKEN: 'secretOfOtherForm' }, 'HF_TOKEN: must begin with hf_ for an upload'],
  ])('to %s with %j asks the hub nothing', async (to, environment, message) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const { noted, code } = await push(['--to', to, '--yes']);
    expect(noted).toContain(message);
    expect(noted).not.toContain('secretOfOtherForm');
    expect(code).toBe(-1);
    expect(hub.requests).toEqual([]);
  });

  it.each([
    [
      'hf_wrong',
      'me/reviews',
      'model me/reviews: the hub refused the token of HF_TOKEN (401); make one with write access',
    ],
    ['hf_read', 'me/reviews', 'model me/reviews: the token of HF_TOKEN may not write there (403); name an owner'],
    [token, 'me/taken', 'model me/taken: must be new, got one that is on '],
  ])('with %s to %s tells what the hub refused', async (HF_TOKEN, to, message) => {
    vi.stubEnv('HF_TOKEN', HF_TOKEN);
    expect((await push(['--to', to, '--yes'])).noted).toContain(message);
    expect(hub.uploads.has('me/reviews')).toBe(false);
  });

  it('takes the token that was saved by logging in', async () => {
    vi.stubEnv('HF_TOKEN', '');
    writeFileSync(path.join(home, 'token'), `${token}\n`);
    expect(await push(['--to', 'me/reviews', '--yes'])).toMatchObject({ code: 0 });
    rmSync(path.join(home, 'token'));
  });

  it('says what is left behind when the hub takes the repository and not the files', async () => {
    const echo = { kind: 'status', status: 403, headers: { 'x-error-message': `no ${token}` } } as const;
    hub.mishaps.set('/api/models/me/reviews/commit/main', [echo]);
    expect((await push(['--to', 'me/reviews', '--yes'])).noted).toContain(
      'the repository was made and may lack the files: push again with --update',
    );
    hub.mishaps.set('/api/models/me/reviews/commit/main', [{ ...echo, status: 409 }]);
    const between = await push(['--to', 'me/reviews', '--update', '--yes']);
    expect(between.noted).toContain(
      'model me/reviews: changed while it was uploaded to (409); push again with --update',
    );
    hub.mishaps.set('/api/models/me/reviews/commit/main', [{ ...echo, status: 400 }]);
    const other = await push(['--to', 'me/reviews', '--update', '--yes']);
    expect(other.noted).toContain('model me/reviews: the hub took no files (status 400: no ***); mend that, then push');
    const missing = await push(['--to', 'me/nothing', '--update', '--yes']);
    expect(missing.noted).toContain('model me/nothing: is not on ');
  });
});
