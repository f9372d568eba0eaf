import { describe, expect, it } from 'vitest';
import { readSweep } from '../../../extension/experiments/file/readSweep.ts';
import type { Sweep } from '../../../extension/experiments/file/sweep.ts';
import { type PlannedSweep, planSweep } from '../../../extension/experiments/plan/planSweep.ts';
import { sweepProgress } from '../../../extension/experiments/progress.ts';
import { judge } from '../../../extension/experiments/verdict/judge.ts';
import type { RunResult } from '../../../extension/experiments/verdict/questionsOfRuns.ts';
import { questionsOfSweep } from '../../../extension/experiments/verdict/questionsOfSweep.ts';
import { newRun } from '../../support/newRun.ts';
import { runEntry } from '../../support/runEntry.ts';

const text = `
model: tiny
task: classification
data: {train: train.tsv, validation: dev.tsv, test: test.tsv}
methods: [full]
`;

const written = {
  experiment: ['a.peft.yaml', 'b.peft.yaml'],
  methods: ['ln-tuning', 'bitfit'],
  grid: { 'training.batch_size': [8, 16] },
  tune: { 'training.learning_rate': [1e-3, 3e-3, 1e-2], seeds: [101] },
  seeds: [1, 2, 3, 4],
  reference: 'bitfit',
};

function planned(): { sweep: Sweep; plan: NonNullable<PlannedSweep['plan']> } {
  const sweep = readSweep(written).sweep!;
  const experiments = sweep.experiments.map((file) => ({ file, text }));
  return { sweep, plan: planSweep(sweep, experiments).plan! };
}

interface Told {
  readonly testHash?: (index: number) => string;
  /** What the files are that a run is trained on, the model's weights among them. */
  readonly trainHash?: (index: number) => string;
  readonly weightsHash?: (index: number) => string;
  /** The learning rate in a run's record. */
  readonly rate?: (index: number) => number | undefined;
}

/** What a sweep answers where its runs reach the accuracy that `made` says by index: undefined for one that is not there, NaN for one that failed. */
function asked(
  made: (index: number) => number | undefined,
  { testHash = () => '2', trainHash = () => '3', weightsHash = () => '4', rate = () => undefined }: Told = {},
) {
  const { sweep, plan } = planned();
  const configOf = (index: number) => ({ training: { learning_rate: rate(index) } });
  const metricsOf = (accuracy: number) => ({ accuracy, test_accuracy: accuracy });
  const { tuned, metrics } = sweepProgress(sweep, plan, (index) => {
    const accuracy = made(index);
    if (accuracy === undefined) return undefined;
    const { config } = newRun({ config: configOf(index) });
    const state = Number.isNaN(accuracy) ? 'failed' : 'finished';
    return { state, metrics: metricsOf(accuracy), config, evaluations: () => [] };
  });
  const runOf = (index: number): RunResult | undefined => {
    const accuracy = made(index);
    if (accuracy === undefined) return undefined;
    const number = index - plan.tuningRuns.length;
    const arm = plan.cells[Math.floor(number / 4)]!.arm.name;
    const data = { test: { file: 'test.tsv' } };
    const record = {
      seed: 1 + (number % 4),
      dataHashes: { train: trainHash(index), validation: '1', test: testHash(index) },
      base: { commit: null, files: { 'model.safetensors': weightsHash(index) } },
      config: { ...configOf(index), data },
    };
    const entry = runEntry({ id: String(index), record, summary: { metrics: metricsOf(accuracy) } });
    return { ...entry, arm, evaluations: 3, outcomes: () => undefined };
  };
  return questionsOfSweep(sweep, plan, tuned, runOf, (cell) => metrics[cell]!);
}

/** Tuning runs, 24 of them, of which the greatest rate is best; then results, better for every even cell. */
const whole = (index: number): number =>
  index < 24
    ? 0.5 + (index % 3) / 10
    : (Math.floor((index - 24) / 4) % 2 === 0 ? 0.9 : 0.8) + ((index - 24) % 4) / 1000;

describe('what a sweep answers', () => {
  it('is one question for each data set and combination of the grid, about every arm', () => {
    const questions = asked(whole);
    expect(questions.map(({ title }) => title)).toEqual([
      'test.tsv (a.peft.yaml), training.batch_size 8',
      'test.tsv (a.peft.yaml), training.batch_size 16',
      'test.tsv (b.peft.yaml), training.batch_size 8',
      'test.tsv (b.peft.yaml), training.batch_size 16',
    ]);
    expect(questions[0]).toMatchObject({ reference: 'bitfit', split: 'test', metric: { name: 'accuracy' } });
    for (const { arms } of questions) expect(arms.map(({ name }) => name)).toEqual(['ln-tuning', 'bitfit']);
    expect(questions[0]!.arms[0]!.runs.map(({ seed }) => seed)).toEqual([1, 2, 3, 4]);
  });

  it('says what each arm was tuned to, and when the grid should have been wider', () => {
    const [verdict] = judge(asked(whole));
    expect(verdict!.leaderboard[0]).toMatchObject({ arm: 'ln-tuning', tuned: ['training.learning_rate 0.01'] });
    expect(verdict!.warnings).toContain(
      'ln-tuning, bitfit: the best training.learning_rate 0.01 is at the edge of the grid; widen the grid before you compare',
    );
    // Four comparisons of four seeds: 2/70 four times over.
    expect(verdict!.pairs[0]).toMatchObject({
      first: 'ln-tuning',
      second: 'bitfit',
      adjustedP: expect.closeTo(8 / 70, 10),
    });
  });

  it('counts what has not run yet', () => {
    const [first, ...others] = asked((index) => (index > 25 ? undefined : whole(index)));
    expect(first!.arms[0]!.runs.map(({ seed, score }) => [seed, score])).toEqual([
      [1, 0.9],
      [2, 0.901],
      [3, undefined],
      [4, undefined],
    ]);
    expect(judge([first!])[0]!.leaderboard.map(({ arm, tunable }) => [arm, tunable])).toEqual([
      ['ln-tuning', first!.arms[0]!.tunable],
      ['bitfit', undefined],
    ]);
    expect(judge([first!])[0]!.warnings).toContain(
      'bitfit: 4 of 4 runs have no result (seeds 1, 2, 3, 4 not run yet); not judged',
    );
    expect(others).toEqual([]);
  });

  it('says of a run on changed data that other rows judged it', () => {
    const [first] = asked(whole, { testHash: (index) => (index === 26 || index === 29 ? 'changed' : '2') });
    const { warnings } = judge([first!])[0]!;
    const why = 'judged on other rows: the data file has changed';
    expect(warnings).toContain(`ln-tuning: 1 of 4 runs have no result (seed 3 ${why}); the mean is over the others`);
    expect(warnings).toContain(`bitfit: 1 of 4 runs have no result (seed 2 ${why}); the mean is over the others`);
  });

  it.each([
    [{ trainHash: (index: number) => (index > 27 ? 'changed' : '3') }, 'had another train.tsv (data.train)'],
    [{ weightsHash: (index: number) => (index > 27 ? 'changed' : '4') }, 'had another tiny/model.safetensors (model)'],
  ])('does not judge an arm beside one that was trained on other files: %#', (told, why) => {
    const [first] = judge([asked(whole, told)[0]!]);
    expect(first!.warnings).toContain(`bitfit: 4 of 4 runs have no result (seeds 1, 2, 3, 4 ${why}); not judged`);
    expect(first!.pairs.map(({ verdict }) => verdict)).toEqual(['untested']);
  });

  it('keeps the values that results were trained with where a tuning run that failed proves better later', () => {
    const rate = () => 3e-3;
    const before = asked((index) => (index === 2 ? Number.NaN : whole(index)), { rate });
    expect(before[0]!.arms[0]).toMatchObject({ tuned: ['training.learning_rate 0.003'], edges: [] });
    expect(judge(before)[0]!.warnings).toContain(
      'ln-tuning: tuning did not compare training.learning_rate 0.01, of which a run failed; where the values are not at fault, resume that run (named by: peft-lab sweep status)',
    );
    const after = asked(whole, { rate });
    expect(after[0]!.arms[0]).toMatchObject({ tuned: ['training.learning_rate 0.003'], edges: [] });
    expect(after[0]!.arms[0]!.runs.map(({ score }) => score)).toEqual([0.9, 0.901, 0.902, 0.903]);
    const { warnings } = judge(after)[0]!;
    expect(warnings).toContain(
      'ln-tuning, bitfit: tuning would now choose training.learning_rate 0.01, and runs were trained with training.learning_rate 0.003; start the sweep anew with --new',
    );
    expect(warnings.join()).not.toContain('did not compare');
  });

  it('leaves out of an arm the runs that were trained with other values than its first', () => {
    const [first] = asked(whole, { rate: (index) => (index === 26 ? 1e-3 : 1e-2) });
    expect(first!.arms[0]!.runs.map(({ seed, score }) => [seed, score])).toEqual([
      [1, 0.9],
      [2, 0.901],
      [4, 0.903],
      [3, undefined],
    ]);
    expect(judge([first!])[0]!.warnings).toContain(
      'ln-tuning: 1 of 4 runs have no result (seed 3 trained with training.learning_rate 0.001); the mean is over the others',
    );
  });

  it('is nothing while values are still being tuned', () => {
    expect(asked((index) => (index > 10 ? undefined : whole(index)))).toEqual([]);
  });
});
