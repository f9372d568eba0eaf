import { describe, expect, it } from 'vitest';
import { sweepView as schema } from '../../extension/contract/sweepView.ts';
import { sweepView } from '../../extension/experiments/sweepView.ts';
import { judge } from '../../extension/experiments/verdict/judge.ts';
import { doneText, runningTexts, sweepWhereabouts, titleIn, untunedTexts } from '../../extension/view/sweepText.ts';
import { type KnownRun, plannedSweep, sweepRecord, sweepRunsOf } from '../support/sweepRuns.ts';

const films = 'methods: [ln-tuning, bitfit]\ntune: {training.learning_rate: [1e-3, 1e-2], seeds: [7]}\nseeds: [1, 2]';
const viewOf = (text: string, known: Readonly<Record<number, KnownRun>>, isDriven = false) => {
  const texts = plannedSweep(text);
  return sweepView(sweepRecord, texts, sweepRunsOf(texts, known), isDriven, judge);
};

describe('the view of a sweep', () => {
  it('shows every run from the start, before any is there', () => {
    const view = viewOf(films, {});
    expect(view).toMatchObject({ state: 'open', total: 8, finished: 0, failed: 0, dropped: 0, verdicts: [] });
    expect(view.runCount).toBe('2 arms × (2 values × 1 seed + 2 seeds) = 8 runs');
    expect(view.runs.map(({ stage, cell, seed, state }) => `${stage} ${cell} ${seed} ${state}`)).toEqual([
      'tuning 0 7 waiting',
      'tuning 0 7 waiting',
      'tuning 1 7 waiting',
      'tuning 1 7 waiting',
      'results 0 1 waiting',
      'results 0 2 waiting',
      'results 1 1 waiting',
      'results 1 2 waiting',
    ]);
    expect(view.runs.map(({ settings }) => settings.join())).toEqual([
      'training.learning_rate 0.001',
      'training.learning_rate 0.01',
      'training.learning_rate 0.001',
      'training.learning_rate 0.01',
      '',
      '',
      '',
      '',
    ]);
  });

  it('tells what runs now, what failed, and the time left at the pace of what has ended', () => {
    const view = viewOf(films, {
      0: { accuracy: 0.8, seconds: 10 },
      1: { accuracy: 0.9, seconds: 20 },
      2: { state: 'failed' },
      3: { state: 'running', seconds: 5 },
    });
    expect(view).toMatchObject({ state: 'running', finished: 2, failed: 1 });
    // The other half of the running one and four results of the arm that took 15 s, and of one that took none so far.
    expect(view.secondsLeft).toBe(10 + 4 * 15);
    expect(runningTexts(view)).toEqual(['bitfit, training.learning_rate 0.01, seed 7: 50\u202f%']);
    expect(doneText(view)).toBe('2 of 8 runs finished, 1 without a result');
    expect(sweepWhereabouts(view)).toBe('2 of 8 runs finished, 1 without a result, about 1:10 left');
    // Its arm is tuned: the results are known with their value.
    expect(titleIn(view, view.runs[4]!)).toBe('ln-tuning, training.learning_rate 0.01, seed 1');
    expect(view.tuning).toMatchObject([
      {
        cell: 0,
        metric: 'accuracy',
        chosen: 1,
        edges: ['training.learning_rate 0.01'],
        points: [
          { settings: [{ key: 'training.learning_rate', value: 0.001 }], scores: [{ seed: 7, score: 0.8 }] },
          { settings: [{ key: 'training.learning_rate', value: 0.01 }], scores: [{ seed: 7, score: 0.9 }] },
        ],
      },
      { cell: 1, chosen: null, points: [{ scores: [{ seed: 7, score: null }] }, { scores: [] }] },
    ]);
  });

  it('tells no less time than the longest run has left, however many may go at once', () => {
    const plain = 'methods: [ln-tuning]\nseeds: [1, 2, 3, 4]\nwhere: {at_once: 64}';
    const known = {
      0: { seconds: 80 },
      1: { state: 'running' as const, seconds: 60 },
      2: { state: 'running' as const, seconds: 0 },
    };
    expect(viewOf(plain, known).secondsLeft).toBe(80);
    expect(viewOf(plain.replace('64', '2'), known).secondsLeft).toBe((20 + 80 + 80) / 2);
    const over = { ...known, 1: { state: 'running' as const, seconds: 90 }, 2: {}, 3: {} };
    expect(viewOf(plain, over).secondsLeft).toBe(0);
  });

  it('is running while a process drives it between two runs', () => {
    expect(viewOf(films, { 0: {} }, true).state).toBe('running');
    expect(viewOf(films, { 0: {} }).state).toBe('open');
  });

  it('is finished when nothing more can begin, an arm without any tuned value included', () => {
    const known = { 0: {}, 1: {}, 2: { state: 'failed' as const }, 3: { state: 'failed' as const }, 4: {}, 5: {} };
    expect(viewOf(films, known)).toMatchObject({ state: 'finished', finished: 4, failed: 2 });
  });

  it('names an arm whose tuning ended without any score', () => {
    const known = { 0: {}, 1: {}, 2: { state: 'failed' as const }, 3: { accuracy: Number.NaN } };
    expect(untunedTexts(viewOf(films, known))).toEqual([
      'bitfit: tuning found no value with accuracy in every run, so its results do not start; resume a failed run, or start a new sweep with other values or another tune.metric',
    ]);
    expect(untunedTexts(viewOf(films, { ...known, 3: { state: 'running' } }))).toEqual([]);
  });

  it('holds the verdicts with what each arm costs, and passes between programs whole', () => {
    const known = Object.fromEntries([0, 1, 2, 3, 4, 5, 6, 7].map((i) => [i, { accuracy: 0.5 + i / 100, seconds: i }]));
    const view = viewOf(films, known);
    const [verdict] = view.verdicts!;
    expect(verdict).toMatchObject({ metric: 'accuracy', split: 'test', pairs: [{ verdict: 'untested' }] });
    expect(verdict!.leaderboard.map(({ arm, scores }) => [arm, scores.length])).toEqual([
      ['bitfit', 2],
      ['ln-tuning', 2],
    ]);
    expect(verdict!.leaderboard[0]!.costs.seconds!.spread.mean).toBe(6.5);
    // No run tells its memory.
    expect(Object.keys(verdict!.leaderboard[0]!.costs)).toEqual(['tunable', 'seconds', 'kept']);
    expect(schema.parse(JSON.parse(JSON.stringify(view)))).toEqual(schema.parse(view));
  });

  it('marks what halving left behind, with the scores of the part that it ran', () => {
    const halved =
      'methods: [ln-tuning]\ntune: {training.learning_rate: [1e-3, 1e-2, 1e-1], search: {halving: {eta: 3, first: 3 epochs}}, seeds: [7]}\nseeds: [1]';
    const part = (accuracy: number): KnownRun => ({ state: 'stopped', evaluations: [0.1, 0.2, accuracy] });
    const view = viewOf(halved, { 0: part(0.5), 1: part(0.7), 2: part(0.6) });
    expect(view).toMatchObject({ dropped: 2, finished: 0, total: 4 });
    expect(view.runs.map(({ state }) => state)).toEqual(['dropped', 'stopped', 'dropped', 'waiting']);
    expect(view.tuning[0]!.points).toMatchObject([
      { scores: [{ score: 0.5 }], isDropped: true },
      { scores: [], isDropped: false },
      { scores: [{ score: 0.6 }], isDropped: true },
    ]);
  });
});
