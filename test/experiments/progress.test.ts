import { describe, expect, it } from 'vitest';
import { sweepProgress, type VariantRun } from '../../extension/experiments/progress.ts';
import { Random } from '../../extension/numbers/random.ts';
import { plannedSweep, sweptRun } from '../support/plannedSweep.ts';

const planned = (text: string) => plannedSweep(text, 9);
const run = sweptRun;

describe('the progress of a sweep', () => {
  const { sweep, plan } = planned(
    'methods: [ln-tuning, bitfit]\ntune: {training.learning_rate: [1e-3, 1e-2], seeds: [7, 8]}\nseeds: [1, 2]',
  );
  const progress = (runs: Record<number, VariantRun>) => sweepProgress(sweep, plan, (index) => runs[index]);

  it('opens tuning runs first, and the results of an arm once its values are chosen', () => {
    expect(progress({})).toMatchObject({ total: 12, finished: 0, failed: [], dropped: 0 });
    expect(progress({}).open.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const tuned = {
      0: run('finished', 0.8),
      1: run('finished', 0.7),
      2: run('finished', 0.9),
      3: run('finished', 0.5),
    };
    const { open } = progress(tuned);
    expect(open.map(({ index }) => index)).toEqual([4, 5, 6, 7, 8, 9]);
    expect(open.slice(4).map(({ overrides }) => overrides)).toEqual([
      ['methods=["ln-tuning"]', 'training.learning_rate=0.001', 'training.seed=1'],
      ['methods=["ln-tuning"]', 'training.learning_rate=0.001', 'training.seed=2'],
    ]);
  });

  it('goes on with what was stopped or died, leaves alone what runs, and counts a failure as no result', () => {
    const { open, failed } = progress({ 0: run('stopped'), 1: run('died'), 2: run('running'), 3: run('failed') });
    expect(open.map(({ index }) => index)).toEqual([0, 1, 4, 5, 6, 7]);
    expect(failed.map(({ index }) => index)).toEqual([3]);
  });

  it('keeps the values of the first result run, though another tuning run proves better later', () => {
    const tuned = { 0: run('finished', 0.6), 1: run('finished', 0.6), 2: run('failed'), 3: run('finished', 0.9) };
    const results = {
      8: run('finished', 0.7, [], { learning_rate: 1e-3 }),
      9: run('stopped', 0, [], { learning_rate: 1e-3 }),
    };
    const rates = (runs: Record<number, VariantRun>) =>
      progress(runs).open.flatMap(({ stage, overrides }) => (stage === 'results' ? overrides.slice(1) : []));
    expect(rates({ ...tuned, ...results })).toEqual(['training.learning_rate=0.001', 'training.seed=2']);
    for (const state of ['running', 'finished'] as const) {
      const now = { ...tuned, 2: run(state, 0.9), ...results };
      expect(rates(now)).toEqual(['training.learning_rate=0.001', 'training.seed=2']);
      expect(progress(now).tuned[0]).toMatchObject({ chosen: 0, best: state === 'finished' ? 1 : undefined });
    }
    // Without a result yet, the better one is taken.
    expect(progress({ ...tuned, 2: run('finished', 0.9) }).tuned[0]).toMatchObject({ chosen: 1, best: 1, failed: [] });
    expect(progress(tuned).tuned[0]).toMatchObject({ chosen: 0, failed: [1] });
  });

  it('never chooses values of which a run failed', () => {
    const runs = { 0: run('finished', 0.6), 1: run('finished', 0.6), 2: run('finished', 0.9), 3: run('failed') };
    expect(progress(runs).tuned[0]!.chosen).toBe(0);
  });
});

describe('the metric of a sweep', () => {
  const tune = 'tune: {training.learning_rate: [1e-3, 1e-2], seeds: [7]';
  const tagged = (text: string, runs: Record<number, Record<string, number>>) => {
    const { sweep, plan } = plannedSweep(`methods: [ln-tuning]\nseeds: [1, 2]\n${text}`, 9, 'token-classification');
    const known = (index: number): VariantRun | undefined =>
      runs[index] && {
        ...run('finished'),
        metrics: runs[index],
        evaluations: () => [{ step: 1, epoch: 1, metrics: runs[index]! }],
      };
    return sweepProgress(sweep, plan, known);
  };
  const speech = (accuracy: number) => ({ loss: 0.3, accuracy, macro_f1: 1 - accuracy });

  it('is one that its runs have: tags that are no spans have no entities', () => {
    const { tuned, metrics, open } = tagged(`${tune}}`, { 0: speech(0.8), 1: speech(0.9) });
    expect(metrics).toEqual(['accuracy']);
    expect(tuned[0]).toMatchObject({ chosen: 1, scores: [0.8, 0.9] });
    expect(open.map(({ index }) => index)).toEqual([2, 3]);
  });

  it('is the main one of the task where runs have it, and until there are any', () => {
    const names = (low: number) => ({ loss: 0.3, entity_f1: low, accuracy: 0.9 - low });
    expect(tagged(`${tune}}`, { 0: names(0.6), 1: names(0.5) })).toMatchObject({
      metrics: ['entity_f1'],
      tuned: [{ chosen: 0 }],
    });
    expect(tagged(`${tune}}`, {}).metrics).toEqual(['entity_f1']);
  });

  it('is one that the sweep names, of those that the task may have', () => {
    const { tuned } = tagged(`${tune}, metric: macro_f1}`, { 0: speech(0.8), 1: speech(0.9) });
    expect(tuned[0]!.chosen).toBe(0);
  });

  it('judges results where nothing is tuned, by what test rows say', () => {
    expect(tagged('', { 1: { loss: 0.3, test_accuracy: 0.7, test_macro_f1: 0.6 } }).metrics).toEqual(['accuracy']);
  });

  it('judges the rungs of a halving', () => {
    const halved = `${tune}, search: {halving: {eta: 2, first: 1 epoch}}}`;
    expect(tagged(halved, { 0: speech(0.8), 1: speech(0.9) }).tuned[0]!.tried).toMatchObject([
      { scores: [0.8], isDropped: true },
      { scores: [0.9], isDropped: false },
    ]);
  });
});

describe('the progress of a halving', () => {
  const rates = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => i / 1000);
  const { sweep, plan } = planned(
    `methods: [ln-tuning]\ntune: {training.learning_rate: [${rates}], search: {halving: {eta: 3, first: 1 epoch}}, seeds: [7]}\nseeds: [1]`,
  );
  // Accuracy of nine candidates after 1, 3 and 9 epochs; one fails.
  const table: (readonly [number, number, number])[] = [
    [0.71, 0.74, 0.75],
    [0.68, 0.77, 0.82],
    [0.52, 0.52, 0.52],
    [0.75, 0.79, 0.81],
    [0.74, 0.8, 0.83],
    [0.6, 0.66, 0.7],
    [Number.NaN, Number.NaN, Number.NaN],
    [0.75, 0.76, 0.77],
    [0.7, 0.71, 0.73],
  ];
  const at = (index: number, epochs: number): VariantRun => {
    const [one, three, nine] = table[index] ?? [0, 0, 0.8];
    const evaluations = [one, one, three, three, three, three, three, three, nine].slice(0, epochs);
    if (Number.isNaN(one)) return run('failed');
    return run(epochs === 9 ? 'finished' : 'stopped', evaluations.at(-1), evaluations);
  };

  it('keeps the best third of each rung, whatever the order in which runs end', () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = new Random(seed, 'order');
      const runs = new Map<number, VariantRun>();
      const spent = new Map<number, number>();
      for (;;) {
        const { open } = sweepProgress(sweep, plan, (index) => runs.get(index));
        if (open.length === 0) break;
        const next = open[random.nextInt(open.length)]!;
        const epochs = next.until?.amount ?? 9;
        runs.set(next.index, at(next.index, epochs));
        spent.set(next.index, epochs);
      }
      const { tuned, dropped, finished, total } = sweepProgress(sweep, plan, (index) => runs.get(index));
      expect([...spent].sort(([a], [b]) => a - b)).toEqual([
        [0, 1],
        [1, 1],
        [2, 1],
        [3, 3],
        [4, 9],
        [5, 1],
        [6, 1],
        [7, 3],
        [8, 1],
        [9, 9],
      ]);
      expect(tuned[0]!.chosen).toBe(4);
      expect({ dropped, finished, total }).toEqual({ dropped: 7, finished: 2, total: 10 });
    }
  });
});
