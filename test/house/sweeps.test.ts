import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readSweep } from '../../extension/experiments/file/readSweep.ts';

const root = path.join(import.meta.dirname, '../..');
const folders = ['examples', 'examples/claims', 'bench/defaults'];
const files = folders.flatMap((folder) =>
  readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.sweep.yaml'))
    .map((name) => path.join(folder, name)),
);

describe('the sweeps that come with the project', () => {
  it.each(files)('%s can be read', (file) => {
    const { sweep, findings } = readSweep(parse(readFileSync(path.join(root, file), 'utf8')));
    expect(findings).toEqual([]);
    expect(sweep!.arms.length).toBeGreaterThan(1);
    const configs = readdirSync(path.join(root, path.dirname(file)));
    expect(sweep!.experiments.filter((config) => !configs.includes(config))).toEqual([]);
  });
});
