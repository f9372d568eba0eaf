import { describe, expect, it } from 'vitest';
import { comparisonTable, methodList, variantsOf } from '../../extension/cli/variants.ts';
import type { RunEntry } from '../../extension/runs/folder/runEntry.ts';
import { reduceSummary, startSummary } from '../../extension/runs/journal/summary.ts';
import { at, end, evaluation, hello, newRun, progress } from '../support/newRun.ts';

describe('variantsOf', () => {
  it('is the config as it is without methods and seeds', () => {
    expect(variantsOf(['training.epochs=1'], undefined, undefined)).toEqual([{ overrides: ['training.epochs=1'] }]);
  });

  it('is every choice of methods with every seed', () => {
    expect(variantsOf([], 'ln-tuning,[prefix, ln-tuning]', '1,2').map(({ overrides }) => overrides)).toEqual([
      ['methods=[ln-tuning]', 'training.seed=1'],
      ['methods=[ln-tuning]', 'training.seed=2'],
      ['methods=[prefix, ln-tuning]', 'training.seed=1'],
      ['methods=[prefix, ln-tuning]', 'training.seed=2'],
    ]);
  });

  it('says what is wrong with a list', () => {
    expect(() => methodList('a,,b')).toThrow(
      '--methods: must be names separated by commas, got "a,,b"; a union stands in brackets',
    );
    expect(() => variantsOf([], undefined, '1,two')).toThrow(
      '--seeds: must be whole numbers separated by commas, got "two"; for example --seeds 1,2,3',
    );
  });

  it('leaves options of a method together', () => {
    expect(methodList('{ln-tuning: {terms: [bias], layers: 6-11}},lora')).toEqual([
      '[{ln-tuning: {terms: [bias], layers: 6-11}}]',
      '[lora]',
    ]);
  });
});

function run(
  methods: string,
  seed: number,
  accuracy: number,
  state: 'finished' | 'failed' = 'finished',
  config: Readonly<Record<string, unknown>> = {},
): RunEntry {
  const events = [hello(), progress(10), evaluation(10, accuracy), end(state, 10)];
  const { summary } = events.reduce(reduceSummary, startSummary(at(0)));
  const record = {
    version: 1 as const,
    id: `${methods}-${seed}`,
    createdAt: at(0),
    ...newRun({ methods, seed, config }),
  };
  const notes = { name: '', tags: [], note: '', pinned: false, protected: false };
  return { id: record.id, folder: record.id, record, summary, notes, state, message: null };
}

describe('comparisonTable', () => {
  it('shows mean and deviation over the finished runs of each choice of methods', () => {
    const text = comparisonTable([
      run('ln-tuning', 1, 0.81),
      run('ln-tuning', 2, 0.83),
      run('bitfit', 1, 0.75),
      run('bitfit', 2, 0.1, 'failed'),
    ]);
    expect(text.split('\n').slice(2, 4)).toEqual([
      'ln-tuning   38,400  0.035\u202f%  2/2       0.1800 ± 0.0141  82.00 ± 1.41\u202f%       10  0:10',
      'bitfit      38,400  0.035\u202f%  1/2                0.2500         75.00\u202f%       10  0:10',
    ]);
  });

  it('never averages runs that differ in more than the seed, and names what they differ in', () => {
    const rate = (learning_rate: number, seed: number) => ({
      methods: [{ 'ln-tuning': { learning_rate } }],
      training: { seed },
    });
    const text = comparisonTable([
      run('ln-tuning', 1, 0.81, 'finished', rate(1e-3, 1)),
      run('ln-tuning', 1, 0.84, 'finished', rate(3e-3, 1)),
      run('ln-tuning', 2, 0.83, 'finished', rate(1e-3, 2)),
    ]);
    expect(text.split('\n').slice(2, 4)).toEqual([
      expect.stringMatching(/^ln-tuning \(lr 1e-3\) +38,400 +0.035\u202f% +2\/2 .* 82.00 ± 1.41\u202f% /),
      expect.stringMatching(/^ln-tuning \(lr 3e-3\) +38,400 +0.035\u202f% +1\/1 .* 84.00\u202f% /),
    ]);
  });

  it('shows that a metric was no number', () => {
    const diverged = run('ln-tuning', 1, Number.NaN);
    expect(comparisonTable([diverged, run('ln-tuning', 2, 0.8)]).split('\n')[2]).toMatch(/ NaN +NaN +10 /);
  });
});
