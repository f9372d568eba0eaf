import { beforeEach, describe, expect, it, vi } from 'vitest';
import { tellEnds } from '../../extension/host/runNotices.ts';
import type { RunEntry } from '../../extension/runs/folder/runEntry.ts';
import { type EntryParts, runEntry } from '../support/runEntry.ts';

const editor = vi.hoisted(() => ({ shown: [] as string[][], choose: '', setting: 'all' }));
vi.mock('vscode', () => {
  const show =
    (kind: string) =>
    async (...words: string[]): Promise<string | undefined> => {
      editor.shown.push([kind, ...words]);
      return words.includes(editor.choose) ? editor.choose : undefined;
    };
  return {
    window: {
      showInformationMessage: show('information'),
      showWarningMessage: show('warning'),
      showErrorMessage: show('error'),
    },
    workspace: {
      getConfiguration: () => ({ get: (name: string) => (name === 'notifications' ? editor.setting : undefined) }),
    },
  };
});

const run = (id: string, accuracy: number, parts: EntryParts = {}): RunEntry =>
  runEntry({
    id,
    record: { configPath: '/w/reviews.peft.yaml', methods: id },
    summary: { best: { name: 'accuracy', value: accuracy, step: 1 }, elapsedSeconds: 130 },
    ...parts,
  });

function told(runs: readonly RunEntry[], isWatched = false): readonly string[] | undefined {
  const openDashboard = vi.fn();
  const nothing = (): void => {};
  tellEnds(runs, { openDashboard, openLog: nothing, resume: nothing, isWatched: () => isWatched });
  return editor.shown[0];
}

describe('the notice of ends', () => {
  beforeEach(() => Object.assign(editor, { shown: [], choose: '', setting: 'all' }));

  it('tells of one run how long it took and how good it became', () => {
    expect(told([run('lora', 0.863)])).toEqual([
      'information',
      'lora · sst2 finished in 2m 10s: acc 86.3',
      'Open Dashboard',
    ]);
  });

  it('tells of many runs in one, with the best of them and how many failed', () => {
    const failed = run('ia3', 0.5, { state: 'failed' });
    expect(told([run('lora', 0.863), run('bitfit', 0.9), failed])).toEqual([
      'warning',
      '3 runs of reviews: 2 finished, best acc 90.0 (bitfit · sst2); 1 failed',
      'Compare Runs',
    ]);
  });

  it('names no best of runs that were judged on different rows, and no experiment where there are several', () => {
    const other = run('bitfit', 0.9, {
      record: { configPath: '/w/films.peft.yaml', config: { data: { train: { file: 'films.csv' } } } },
    });
    expect(told([run('lora', 0.863), other])?.[1]).toBe('2 runs: 2 finished');
  });

  it('is not given where a person sees the runs finish, but always of a failure', () => {
    expect(told([run('lora', 0.8), run('bitfit', 0.9)], true)).toBeUndefined();
    expect(told([run('lora', 0.8, { state: 'died', message: 'killed' })], true)?.slice(0, 2)).toEqual([
      'error',
      'lora · sst2 died: killed',
    ]);
  });

  it('is given as the setting says', () => {
    editor.setting = 'failures';
    expect(told([run('lora', 0.8)])).toBeUndefined();
    editor.setting = 'none';
    expect(told([run('lora', 0.8, { state: 'failed' })])).toBeUndefined();
  });

  it('leads to the comparison of all runs that it tells of', async () => {
    editor.choose = 'Compare Runs';
    const opened = new Promise((resolve) => {
      const openDashboard = (runs: readonly RunEntry[], view?: string): void =>
        resolve([runs.map(({ id }) => id), view]);
      const nothing = (): void => {};
      const runs = [run('lora', 0.8), run('bitfit', 0.9)];
      tellEnds(runs, { openDashboard, openLog: nothing, resume: nothing, isWatched: () => false });
    });
    expect(await opened).toEqual([['lora', 'bitfit'], 'compare']);
  });
});
