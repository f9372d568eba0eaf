import { mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Environment } from '../../../../extension/config/checks/environment.ts';
import { cachedWorld } from '../../../../extension/host/language/checks/cachedWorld.ts';
import { plainSplit } from '../../../config/support.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

describe('a world with a memory', () => {
  let folder: string;
  let asked: string[];
  let world: Environment;
  const data = { file: 'a.tsv', format: 'tsv', delimiter: null } as const;
  const split = plainSplit('a.tsv');
  const how = { task: 'classification', onBadRow: 'error' } as const;

  beforeEach(() => {
    folder = temporaryFolder();
    asked = [];
    const note = <T>(what: string, answer: T) => {
      asked.push(what);
      return Promise.resolve(answer);
    };
    world = cachedWorld(
      {
        model: (model) => note(`model ${model}`, { kind: 'unknown' }),
        listFolder: (name) => note(`list ${name}`, []),
        columns: ({ file }) => note(`columns ${file}`, ['text']),
        labels: ({ file, label }) => note(`labels ${file} ${label}`, { distinct: ['0'], complete: true }),
      },
      folder,
    );
    writeFileSync(path.join(folder, 'a.tsv'), 'text\tlabel\n');
  });

  it('reads a file once, also for those who ask meanwhile', async () => {
    await Promise.all([world.columns(data), world.columns(data)]);
    expect(await world.columns(data)).toEqual(['text']);
    await world.labels(split, how);
    await world.labels(split, how);
    await world.labels({ ...split, label: 'other' }, how);
    expect(asked).toEqual(['columns a.tsv', 'labels a.tsv label', 'labels a.tsv other']);
  });

  it('reads again what changed', async () => {
    await world.columns(data);
    writeFileSync(path.join(folder, 'a.tsv'), 'text\tlabel\tmore\n');
    await world.columns(data);
    utimesSync(path.join(folder, 'a.tsv'), 1, 2);
    await world.columns(data);
    expect(asked).toHaveLength(3);
  });

  it('reads again a file of the same size that was put in place with the old time', async () => {
    const file = path.join(folder, 'a.tsv');
    utimesSync(file, 1, 2);
    await world.columns(data);
    const before = statSync(file, { bigint: true }).ctimeNs;
    while (statSync(file, { bigint: true }).ctimeNs === before) {
      writeFileSync(file, 'other\tname\n');
      utimesSync(file, 1, 2);
    }
    await world.columns(data);
    expect(asked).toHaveLength(2);
  });

  it('remembers a model folder, and asks each time for what is no file here', async () => {
    mkdirSync(path.join(folder, 'tiny'));
    writeFileSync(path.join(folder, 'tiny', 'config.json'), '{}');
    for (const model of ['tiny', 'tiny', 'org/hub', 'org/hub']) await world.model(model, null);
    for (const file of ['gone.tsv', 'gone.tsv']) await world.columns({ ...data, file });
    expect(asked).toEqual(['model tiny', 'model org/hub', 'model org/hub', 'columns gone.tsv', 'columns gone.tsv']);
  });

  it('lists folders each time', async () => {
    await world.listFolder('.');
    await world.listFolder('.');
    expect(asked).toEqual(['list .', 'list .']);
  });

  it('does not remember failures', async () => {
    let fails = true;
    const failing = cachedWorld(
      {
        ...world,
        columns: async () => {
          if (fails) throw new Error('disk is gone');
          return ['text'];
        },
      },
      folder,
    );
    await expect(failing.columns(data)).rejects.toThrow('disk is gone');
    fails = false;
    expect(await failing.columns(data)).toEqual(['text']);
  });
});
