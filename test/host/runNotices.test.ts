import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { SweepRecord } from '../../extension/contract/sweep.ts';
import type { SweepView } from '../../extension/contract/sweepView.ts';
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

const nothing = (): void => {};
const noActions = {
  openDashboard: nothing,
  openLog: nothing,
  openSweep: nothing,
  resume: nothing,
  sweepOf: () => undefined,
  isWatched: () => false,
};

function told(runs: readonly RunEntry[], isWatched = false): readonly string[] | undefined {
  const openDashboard = vi.fn();
  tellEnds(runs, { ...noActions, openDashboard, isWatched: () => isWatched });
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
      const runs = [run('lora', 0.8), run('bitfit', 0.9)];
      tellEnds(runs, { ...noActions, openDashboard });
    });
    expect(await opened).toEqual([['lora', 'bitfit'], 'compare']);
  });

  describe('of a sweep', () => {
    const view = { path: '/w/reviews.sweep.yaml', total: 4, finished: 4, dropped: 0, failed: 0 } as SweepView;
    const record = { id: 'sweep-1', path: view.path } as SweepRecord;
    const member = (index: number, accuracy: number, parts: EntryParts = {}): RunEntry =>
      run(`sweep-1-000${index}`, accuracy, {
        record: {
          configPath: '/w/reviews.peft.yaml',
          sweep: { id: 'sweep-1', index, stage: index < 2 ? 'tuning' : 'results', arm: 'lora', experiment: 'a' },
        },
        ...parts,
      });
    const runs = [member(0, 0.9), member(3, 0.8)];
    const tell = (told: readonly RunEntry[], sweep: object | undefined, openSweep: (id: string) => void = nothing) => {
      const sweepOf = () => (sweep === undefined ? undefined : { record, view, verdict: undefined, ...sweep });
      tellEnds(told, { ...noActions, openSweep, sweepOf });
      return editor.shown[0];
    };

    it('says what its verdict says, and leads to it', async () => {
      const verdict = ['ln-tuning and bitfit are not told apart (p = 0.29).', 'another pair'];
      editor.choose = 'Open Sweep';
      const opened = new Promise((resolve) => {
        expect(tell(runs, { verdict }, resolve)).toEqual([
          'information',
          'Sweep reviews finished: ln-tuning and bitfit are not told apart (p = 0.29).',
          'Open Sweep',
        ]);
      });
      expect(await opened).toBe('sweep-1');
    });

    it('counts its runs where there is no verdict, also for one run that ended since it was resumed', () => {
      const sweep = { view: { ...view, finished: 3, failed: 1 } };
      expect(tell(runs.slice(1), sweep)).toEqual([
        'warning',
        'Sweep reviews: 3 of 4 runs finished, 1 without a result',
        'Open Sweep',
      ]);
    });

    it('tells of its first failure alone with the cause', () => {
      const failed = member(1, 0, { state: 'failed', message: 'disk full' });
      expect(tell([failed], {})?.[1]).toBe('lora · sst2 failed: disk full'.replace('lora', failed.record.methods));
    });

    it('names no best run where the sweep is gone: its tuning runs are no results', () => {
      expect(tell(runs, undefined)?.[1]).toBe('2 runs of reviews: 2 finished');
    });
  });
});
