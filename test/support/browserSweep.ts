import type { RunSnapshot } from '../../extension/contract/panel.ts';
import type { SweepView } from '../../extension/contract/sweepView.ts';
import { sweepView } from '../../extension/experiments/sweepView.ts';
import { judge } from '../../extension/experiments/verdict/judge.ts';
import { random, testRun } from './browserRuns.ts';
import { type KnownRun, plannedSweep, sweepRecord, sweepRunsOf } from './sweepRuns.ts';

const text = `methods: [ln-tuning, bitfit, lora, [prefix, ln-tuning]]
tune: {training.learning_rate: [1e-3, 3e-3, 1e-2, 3e-2], seeds: [101, 102]}
seeds: 5
`;
/** How good each arm is, at which of its four rates it is best, what it tunes, how long it takes and how much memory. */
const arms = [
  { quality: 0.86, best: 2, tunable: 9_984, seconds: 61, memory: 244e6 },
  { quality: 0.81, best: 3, tunable: 26_880, seconds: 58, memory: 251e6 },
  { quality: 0.855, best: 1, tunable: 73_728, seconds: 74, memory: 310e6 },
  { quality: 0.87, best: 2, tunable: 240_384, seconds: 93, memory: 402e6 },
] as const;
const rows = 400;

/** Four arms of one data set, of which the first so many runs have finished and the next one is under way. */
export function filmsSweep(done = 52, more = ''): SweepView {
  const planned = plannedSweep(text + more);
  const runs = Object.fromEntries(
    planned.plan.tuningRuns.concat().map(({ index, cell, point }) => [index, tuningRun(index, cell, point)]),
  );
  for (let number = 0; number < 20; number++) runs[32 + number] = resultRun(number);
  const known = Object.entries(runs).filter(([index]) => Number(index) <= done);
  const told = known.map(([index, run]) => [index, Number(index) < done ? run : { ...run, state: 'running' }]);
  return sweepView(sweepRecord, planned, sweepRunsOf(planned, Object.fromEntries(told)), false, judge);
}

function tuningRun(index: number, cell: number, point: number): KnownRun {
  const { quality, best, seconds } = arms[cell]!;
  const accuracy = quality - 0.03 * Math.abs(point - best) ** 1.5 + 0.02 * (random(index)() - 0.5);
  return { accuracy, seconds };
}

function resultRun(number: number): KnownRun {
  const { quality, tunable, seconds, memory } = arms[Math.floor(number / 5)]!;
  const next = random(1000 + number);
  const hardness = random(7);
  // Hard rows are hard for every run.
  const level = quality + 0.02 * (next() - 0.5);
  const right = Array.from({ length: rows }, () => 0.8 * hardness() + 0.2 * next() < level * 0.93);
  return {
    accuracy: level,
    right,
    tunable,
    seconds: seconds * (0.95 + 0.1 * next()),
    memory: memory * (0.99 + 0.02 * next()),
  };
}

/** A run of the sweep as the page knows it. */
export function runOfFilms(n = 0): RunSnapshot {
  const run = testRun(n);
  const sweep = {
    id: sweepRecord.id,
    index: 32,
    stage: 'results' as const,
    arm: 'ln-tuning',
    experiment: 'films.peft.yaml',
  };
  return { ...run, record: { ...run.record, sweep } };
}
