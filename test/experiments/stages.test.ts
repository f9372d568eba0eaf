import { describe, expect, it } from 'vitest';
import type { VariantRun } from '../../extension/experiments/progress.ts';
import { stagesOf, workOf } from '../../extension/experiments/stages.ts';
import { plannedSweep, sweptRun } from '../support/plannedSweep.ts';

const planned = (text: string) => plannedSweep(text, 4);
const run = sweptRun;

/** Runs and rungs at every place of a stage, as `index` or `index until`; words where there is nothing to do yet or any more. */
function workIn({ sweep, plan }: ReturnType<typeof planned>, stage: number, runs: Record<number, VariantRun>) {
  const workAt = workOf(sweep, plan, (index) => runs[index]);
  return stagesOf(sweep, plan)[stage]!.places.map((place) => {
    const work = workAt(stage, place);
    if (typeof work === 'string') return work;
    return work.until === undefined ? work.index : `${work.index} until ${work.until.amount}`;
  });
}

describe('the stages of a sweep that tunes nothing', () => {
  it('have the runs of each cell laid out once, however many places it has', () => {
    const { sweep, plan } = planned('methods: [ln-tuning, bitfit, lora]\nseeds: 100');
    let layouts = 0;
    const cells = plan.cells.map((cell) => ({
      ...cell,
      get configs() {
        layouts++;
        return cell.configs;
      },
    }));
    const work = workIn({ sweep, plan: { ...plan, cells } }, 0, { 7: run('finished') });
    expect(work).toEqual(Array.from({ length: 300 }, (_, index) => (index === 7 ? 'nothing' : index)));
    expect(layouts).toBe(3);
  });
});

describe('the stages of a tuned sweep', () => {
  const both = planned(
    'methods: [ln-tuning, bitfit]\ntune: {training.learning_rate: [1e-3, 1e-2], seeds: [7]}\nseeds: [1, 2]',
  );

  it('are the tuning, then the results, as many as the sweep has runs', () => {
    const stages = stagesOf(both.sweep, both.plan);
    expect(stages.map(({ name, places }) => [name, places.length])).toEqual([
      ['tuning', 4],
      ['results', 4],
    ]);
  });

  it('leave the results undecided until their own arm is tuned', () => {
    expect(workIn(both, 0, {})).toEqual([0, 1, 2, 3]);
    expect(workIn(both, 1, {})).toEqual(['undecided', 'undecided', 'undecided', 'undecided']);
    const firstTuned = { 0: run('finished', 0.6), 1: run('finished', 0.8), 2: run('running'), 3: run('died') };
    expect(workIn(both, 0, firstTuned)).toEqual(['nothing', 'nothing', 'nothing', 3]);
    expect(workIn(both, 1, firstTuned)).toEqual([4, 5, 'undecided', 'undecided']);
    expect(workIn(both, 1, { ...firstTuned, 4: run('finished'), 5: run('stopped') }).slice(0, 2)).toEqual([
      'nothing',
      5,
    ]);
  });

  it('go on with the values of the results that are there, though one is tuned again', () => {
    const rate = (learning_rate: number) => run('stopped', 0, [], { learning_rate });
    const runs = { 0: run('finished', 0.6), 1: run('running'), 4: rate(1e-3) };
    const work = (stage: number, at: number) =>
      workOf(
        both.sweep,
        both.plan,
        (index) => (runs as Record<number, VariantRun>)[index],
      )(stage, stagesOf(both.sweep, both.plan)[stage]!.places[at]!);
    for (const at of [0, 1]) expect(work(1, at)).toMatchObject({ index: 4 + at, point: 0 });
  });

  it('have no results where no tuning run has a score', () => {
    expect(workIn(both, 1, { 0: run('failed'), 1: run('failed') }).slice(0, 2)).toEqual(['nothing', 'nothing']);
  });
});

it('has one stage where nothing is tuned', () => {
  const plain = planned('methods: [ln-tuning]\nseeds: [1, 2, 3]');
  expect(stagesOf(plain.sweep, plain.plan).map(({ name }) => name)).toEqual(['results']);
  expect(workIn(plain, 0, { 1: run('finished') })).toEqual([0, 'nothing', 2]);
});

describe('the stages of a halving', () => {
  const halved = planned(
    'methods: [ln-tuning]\ntune: {training.learning_rate: [1e-3, 2e-3, 3e-3, 4e-3], search: {halving: {eta: 2, first: 1 epoch}}, seeds: [7, 8]}\nseeds: [1]',
  );

  it('are its rungs, as large as they will be', () => {
    const stages = stagesOf(halved.sweep, halved.plan);
    expect(stages.map(({ name, places }) => [name, places.length])).toEqual([
      ['tuning, rung 1 of 3', 8],
      ['tuning, rung 2 of 3', 4],
      ['tuning, rung 3 of 3', 2],
      ['results', 1],
    ]);
  });

  it('go on with the best of the rung before, rank by rank', () => {
    expect(workIn(halved, 0, {}).slice(0, 3)).toEqual(['0 until 1', '1 until 1', '2 until 1']);
    expect(workIn(halved, 1, {})).toEqual(Array(4).fill('undecided'));
    // Two seeds of four candidates: the second is the best, then the fourth; the third failed.
    const rung: Record<number, VariantRun> = {};
    for (const [candidate, score] of [0.5, 0.9, 0, 0.7].entries())
      for (const seed of [0, 1]) rung[2 * candidate + seed] = run(candidate === 2 ? 'failed' : 'stopped', 0, [score]);
    expect(workIn(halved, 0, rung)).toEqual(Array(8).fill('nothing'));
    expect(workIn(halved, 1, rung)).toEqual(['2 until 2', '3 until 2', '6 until 2', '7 until 2']);
    expect(workIn(halved, 2, rung)).toEqual(['undecided', 'undecided']);
    // What is left of a rung with failures may be less than its places.
    const failed = { ...rung, 2: run('failed'), 6: run('failed') };
    expect(workIn(halved, 1, failed)).toEqual(['0 until 2', '1 until 2', 'nothing', 'nothing']);
  });
});

it('looks at each run a few times, however many places a cell has', () => {
  const { sweep, plan } = planned(
    'methods: [ln-tuning, bitfit]\ntune: {training.learning_rate: {from: 1e-4, to: 1e-1, scale: log}, search: {random: {runs: 200}}, seeds: 2}\nseeds: 4',
  );
  let looks = 0;
  const workAt = workOf(sweep, plan, () => {
    looks++;
    return undefined;
  });
  const work = stagesOf(sweep, plan).flatMap(({ places }, stage) => places.map((place) => workAt(stage, place)));
  expect(work).toHaveLength(2 * (200 * 2 + 4));
  expect(looks).toBeLessThan(10 * work.length);
});
