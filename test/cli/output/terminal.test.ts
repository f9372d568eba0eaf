import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { plain, plainInLine } from '../../../extension/files/plainText.ts';
import { RunStore } from '../../../extension/runs/folder/store.ts';
import { fakeTrainer } from '../../support/fakeTrainerProcess.ts';
import { newRun } from '../../support/newRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const trainer = fakeTrainer();

/** Sets the title, clears the screen in two ways, writes the clipboard, turns text around, and begins another line. */
const hostile = (name: string): string =>
  `${name}\u001b]0;title\u0007\u001b[2J\u009b2J\u001b]52;c;cm0=\u001b\\\u202eback\u2069\r\nrun: finished`;

/** What a terminal would obey in what it is given. */
const obeyed = /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/u;

/** A run of which every text that came from a file is hostile. */
async function hostileRun() {
  const folder = temporaryFolder();
  const store = new RunStore(path.join(folder, '.peft-lab', 'runs'));
  const run = newRun({
    methods: hostile('method'),
    model: hostile('model'),
    config: { methods: [{ [hostile('ln')]: { [hostile('option')]: hostile('value') } }], [hostile('key')]: 1 },
  });
  for (const seed of [1, 2]) {
    const { folder: made, id } = store.create({ ...run, seed, config: { ...run.config, [hostile('key')]: seed } });
    writeFileSync(
      path.join(made, 'notes.json'),
      JSON.stringify({ name: hostile('name'), tags: [hostile('tag')], note: hostile('note'), pinned: false }),
    );
    const time = new Date().toISOString();
    const events = [
      { type: 'hello', time, version: 1, run: id, pid: 1, codeVersion: '0', executor: 'fake', device: 'none' },
      { type: 'evaluation', time, step: 1, epoch: 1, split: 'validation', metrics: { [hostile('metric')]: 1 } },
      { type: 'warning', time, code: 'odd', message: hostile('warning') },
      { type: 'end', time, state: 'failed', step: 1, message: hostile('end'), stderrTail: [hostile('last')] },
    ];
    appendFileSync(path.join(made, 'journal.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  }
  const { runs } = await store.list();
  return { folder, ids: runs.map(({ id }) => id) };
}

describe('text for a terminal', () => {
  it('shows what the terminal would obey, and keeps everything else', () => {
    expect(plain('a\u001b[2J\u009b\u007f\u202e\r\n\tß 漢 👩‍💻')).toBe(
      'a\\u001b[2J\\u009b\\u007f\\u202e\\u000d\n\tß 漢 👩‍💻',
    );
    expect(plainInLine('a\n\tb')).toBe('a\\u000a\\u0009b');
    for (let code = 0; code < 0x3000; code++) expect(plainInLine(String.fromCharCode(code))).not.toMatch(obeyed);
  });

  it('is the same JSON as before', () => {
    const value = { [hostile('key')]: [hostile('value'), '\u007f'] };
    expect(JSON.parse(plain(JSON.stringify(value)))).toEqual(value);
  });

  it.each([
    ['runs', 0],
    ['show', 1],
    ['compare', 2],
  ])('is all that %s shows of hostile runs', async (command, names) => {
    const { folder, ids } = await hostileRun();
    const words = [command, ...ids.slice(0, names)];
    const { code, stdout, stderr } = await trainer.start(words, folder).finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(String.raw`method\u001b]0;title\u0007\u001b[2J\u009b2J`);
    expect(stdout).not.toMatch(obeyed);
    if (command !== 'show') expect(stdout).not.toMatch(/^run: finished/m);
    const json = await trainer.start([...words, '--json'], folder).finished;
    expect(JSON.stringify(JSON.parse(json.stdout))).toContain(JSON.stringify(hostile('method')).slice(1, -1));
  });

  it('is all that training and checking show of a hostile config', async () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'bad.json'), JSON.stringify({ invalid: hostile('unknown method') }));
    writeFileSync(path.join(folder, 'good.json'), JSON.stringify({ steps: 1 }));
    for (const words of [
      ['train', 'bad.json'],
      ['train', 'good.json', '--methods', hostile('ln')],
      ['check', hostile('config')],
      [hostile('command')],
      ['show', hostile('run')],
    ]) {
      const { stdout, stderr } = await trainer.start(words, folder).finished;
      expect(stdout + stderr).toContain(String.raw`\u001b]0;title\u0007`);
      expect(stdout + stderr).not.toMatch(obeyed);
    }
  });
});

describe.runIf(existsSync('/dev/full'))('output that is lost', () => {
  const listing = async (output: number | 'pipe') => {
    const { folder } = await hostileRun();
    const { node, nodeArguments } = trainer.program();
    const stdio = ['ignore', output, 'pipe'] as const;
    return spawnSync(node, [...nodeArguments, 'runs', '--json'], { cwd: folder, stdio: [...stdio], encoding: 'utf8' });
  };

  it('fails when results cannot be written to a full disk', async () => {
    const { status, stderr } = await listing(openSync('/dev/full', 'w'));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^standard output: must take all that is written, got ENOSPC.*; free some space/);
  });

  it('is an error where it is help, too', () => {
    const { node, nodeArguments } = trainer.program();
    const stdio = ['ignore', openSync('/dev/full', 'w'), 'pipe'] as const;
    for (const words of [['--help'], ['runs', '--help']]) {
      expect(spawnSync(node, [...nodeArguments, ...words], { stdio: [...stdio] }).status).toBe(1);
    }
  });

  it('because the reader has gone is none', async () => {
    const { folder } = await hostileRun();
    const { node, nodeArguments } = trainer.program();
    const command = `'${node}' '${nodeArguments[0]}' runs --json | true; exit \${PIPESTATUS[0]}`;
    expect(spawnSync('bash', ['-c', command], { cwd: folder, encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });
});
