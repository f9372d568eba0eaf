import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CheckedConfig } from '../../../../extension/config/checks/check.ts';
import type { Environment } from '../../../../extension/config/checks/environment.ts';
import { type ConfigFacts, configRules } from '../../../../extension/host/language/checks/configRules.ts';
import { FileChecks, type FileReport, type FileText } from '../../../../extension/host/language/checks/fileChecks.ts';
import { sweepRules } from '../../../../extension/host/language/checks/sweepRules.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

type Report = FileReport<CheckedConfig, ConfigFacts>;

const right = 'model: m\ntask: classification\ndata: {train: train.tsv, validation: dev.tsv}\nmethods: [ln-tuning]\n';

/** What is said of its model, which is in none of these worlds. */
const ofModel = 'model-not-here';

/** A world whose folder listings wait until they are let go. */
function slowWorld(files: readonly string[]) {
  const waiting: (() => void)[] = [];
  const environment: Environment = {
    model: async () => ({ kind: 'unknown' }),
    listFolder: () =>
      new Promise((resolve) => {
        waiting.push(() => resolve(files.map((name) => ({ name, kind: 'file' }))));
      }),
    columns: async () => undefined,
    labels: async () => undefined,
  };
  return { environment, waiting, letGo: () => waiting.splice(0).forEach((go) => void go()) };
}

const source = (text: string, version = 1, folder: string | undefined = '/w'): FileText => ({
  key: 'file:///w/a.peft.yaml',
  version,
  text,
  folder,
});

describe('checks of open configs', () => {
  const published: Report[] = [];
  const errors: unknown[] = [];
  let world = slowWorld([]);
  let checks: FileChecks<CheckedConfig, ConfigFacts>;

  beforeEach(() => {
    vi.useFakeTimers();
    published.length = 0;
    errors.length = 0;
    world = slowWorld(['train.tsv']);
    checks = new FileChecks(configRules, {
      environment: async () => world.environment,
      publish: (_, report) => published.push(report),
      onError: (error) => errors.push(error),
      restMs: 100,
    });
  });
  afterEach(() => {
    checks.dispose();
    vi.useRealTimers();
    expect(errors).toEqual([]);
  });

  const codes = (report: Report | undefined) =>
    report?.diagnostics.map(({ code }) => code).filter((code) => code !== ofModel);
  const lookedAt = async () => {
    await vi.advanceTimersByTimeAsync(100);
    world.letGo();
    await vi.advanceTimersByTimeAsync(0);
  };

  it('say at once what the text shows, and after a rest what files show', async () => {
    checks.changed(source(right.replace('task', 'tusk')));
    expect(codes(published[0])).toContain('unknown-key');
    checks.changed(source(right, 2));
    expect(codes(published[1])).toEqual([]);
    expect(published[1]?.isComplete).toBe(false);
    await lookedAt();
    expect(published).toHaveLength(3);
    expect(published[2]).toMatchObject({ version: 2, isComplete: true, facts: { count: { kind: 'not-downloaded' } } });
    expect(codes(published[2])).toEqual(['missing-file']);
  });

  it('look at files once for many keystrokes', async () => {
    for (let version = 1; version <= 20; version++) {
      checks.changed(source(`${right}# ${version}`, version));
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(world.waiting).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(100);
    expect(world.waiting).toHaveLength(3);
  });

  it('drop what a newer version overtook', async () => {
    checks.changed(source(right, 1));
    await vi.advanceTimersByTimeAsync(100);
    checks.changed(source(right.replace('dev.tsv', 'train.tsv'), 2));
    world.letGo();
    await vi.advanceTimersByTimeAsync(50);
    expect(published.map(({ version, isComplete }) => [version, isComplete])).toEqual([
      [1, false],
      [2, false],
    ]);
    await lookedAt();
    expect(published.at(-1)).toMatchObject({ version: 2, isComplete: true });
    expect(codes(published.at(-1))).toEqual(['shared-rows']);
    expect(published.at(-1)?.checked.config?.model).toBe('m');
  });

  it('keep what files showed until they are looked at again, at its new place', async () => {
    checks.changed(source(right));
    await lookedAt();
    checks.changed(source(`# more\n${right}`, 2));
    expect(published.at(-1)?.diagnostics.find(({ code }) => code !== ofModel)).toMatchObject({
      code: 'missing-file',
      range: { start: { line: 4 } },
    });
    expect(published.at(-1)?.facts.config).toBeUndefined();
    checks.changed(source(right.replace('dev.tsv', 'dev2.tsv'), 3));
    expect(codes(published.at(-1))).toEqual([]);
  });

  it('look again when files changed', async () => {
    checks.changed(source(right));
    await lookedAt();
    const { environment } = world;
    world = slowWorld(['train.tsv', 'dev.tsv']);
    expect(world.environment).not.toBe(environment);
    checks.worldChanged();
    await lookedAt();
    expect(published.at(-1)).toMatchObject({ isComplete: true, diagnostics: [{ code: ofModel }] });
  });

  it('look again at what names the file that changed, alone: a data file, or one in its model’s folder', async () => {
    checks.changed(source(right));
    checks.changed({ ...source(right.replace('train.tsv', 'other.tsv')), key: 'file:///w/b.peft.yaml' });
    await lookedAt();
    const [a, b] = ['file:///w/a.peft.yaml', 'file:///w/b.peft.yaml'];
    const concerned = (name: string) => checks.worldChanged(path.resolve('/w', name));
    expect(concerned('train.tsv')).toEqual([a]);
    for (const name of ['dev.tsv', 'm/config.json']) expect(concerned(name)).toEqual([a, b]);
    for (const name of ['log.txt', 'classification.txt', 'm/run/summary.json', '../train.tsv', 'a.peft.yaml'])
      expect(concerned(name), name).toEqual([]);
    checks.changed(source(right.replace('train.tsv', 'new.tsv'), 2));
    await lookedAt();
    expect([concerned('train.tsv'), concerned('new.tsv')]).toEqual([[], [a]]);
    await lookedAt();
    world = slowWorld([]);
    concerned('log.txt');
    await vi.advanceTimersByTimeAsync(1000);
    expect(world.waiting).toHaveLength(0);
  });

  it('give a complete report to who starts a run', async () => {
    const report = checks.complete(source(right, 7));
    await vi.advanceTimersByTimeAsync(0);
    world.letGo();
    expect(codes(await report)).toEqual(['missing-file']);
    expect((await report).facts.config).toBeUndefined();
  });

  it('look at no files for a text that lies nowhere', async () => {
    const { folder: _, ...nowhere } = source(right);
    const report = await checks.complete({ ...nowhere, folder: undefined });
    expect(report).toMatchObject({ isComplete: false, diagnostics: [], facts: { count: undefined } });
    expect(world.waiting).toHaveLength(0);
  });

  it('say nothing more about what was closed', async () => {
    checks.changed(source(right));
    await vi.advanceTimersByTimeAsync(100);
    checks.close(source(right).key);
    world.letGo();
    await vi.advanceTimersByTimeAsync(500);
    expect(published).toHaveLength(1);
  });

  it('check a long text when it rests, and still answer who asks', async () => {
    const long = `${right}${'# many words that say nothing\n'.repeat(3000)}`;
    checks.changed(source(long));
    expect(published).toHaveLength(1);
    checks.changed(source(`${long}# more`, 2));
    checks.changed(source(`${long}# even more`, 3));
    expect(published).toHaveLength(1);
    expect(checks.report(source(`${long}# even more`, 3)).version).toBe(3);
    expect(published).toHaveLength(2);
    checks.changed(source(`${long}# and more`, 4));
    await vi.advanceTimersByTimeAsync(150);
    expect(published.at(-1)?.version).toBe(4);
  });
});

it('look again at a sweep when a file of one of its configs changed', async () => {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'configs'));
  writeFileSync(path.join(folder, 'configs', 'a.peft.yaml'), right);
  const checks = new FileChecks(sweepRules, {
    environment: async () => ({
      model: async () => ({ kind: 'unknown' }),
      listFolder: async () => [],
      columns: async () => undefined,
      labels: async () => undefined,
    }),
    publish: () => {},
    onError: (error) => expect.unreachable(String(error)),
  });
  const sweep = {
    key: 'sweep',
    version: 1,
    folder,
    text: 'experiment: configs/a.peft.yaml\nmethods: [ln-tuning, bitfit]\n',
  };
  await checks.complete(sweep);
  const concerned = (...names: string[]) => checks.worldChanged(path.join(folder, ...names)).length;
  expect([concerned('configs', 'a.peft.yaml'), concerned('configs', 'train.tsv'), concerned('train.tsv')]).toEqual([
    1, 1, 0,
  ]);
  checks.dispose();
});
