import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isOfRuns } from '../../../../extension/host/language/checks/runsFiles.ts';
import { RunStore } from '../../../../extension/runs/folder/store.ts';
import { newRun } from '../../../support/newRun.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

describe('a file that runs write', () => {
  it('is known by the folder of this program, wherever that lies', () => {
    const file = path.resolve('project', '.peft-lab', 'runs', 'a', 'summary.json');
    expect(isOfRuns(file, () => [])).toBe(true);
    expect(isOfRuns(path.resolve('project', 'data', 'train.jsonl'), () => [])).toBe(false);
  });

  it('is known in the runs folder that a setting names', () => {
    const runsFolder = path.join(temporaryFolder(), 'experiments');
    const { folder } = new RunStore(runsFolder).create(newRun());
    const isRuns = (...names: string[]): boolean => isOfRuns(path.join(...names), () => ['/elsewhere', runsFolder]);
    expect(isRuns(folder, 'summary.json')).toBe(true);
    expect(isRuns(folder, 'adapter', 'config.json')).toBe(true);
    expect(isRuns(runsFolder, '.sweeps', 's', 'slurm', 'jobs.jsonl')).toBe(true);
    expect(isRuns(runsFolder, '.queue.json')).toBe(true);
    expect(isRuns(runsFolder, '..', 'experiments.jsonl')).toBe(false);
  });

  it('is no config or data file beside the runs', () => {
    const runsFolder = temporaryFolder();
    new RunStore(runsFolder).create(newRun());
    mkdirSync(path.join(runsFolder, 'data'));
    expect(isOfRuns(path.join(runsFolder, 'data', 'train.tsv'), () => [runsFolder])).toBe(false);
    expect(isOfRuns(path.join(runsFolder, 'a.peft.yaml'), () => [runsFolder])).toBe(false);
  });
});
