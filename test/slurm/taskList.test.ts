import { expect, it } from 'vitest';
import { arraysOf, usualRunsPerJob } from '../../extension/slurm/taskList.ts';

const runs = (count: number) => Array.from({ length: count }, (_, i) => i);

it('gives a job as many runs as take about ten minutes', () => {
  expect([20, 600, 601, 7200, 0.01].map(usualRunsPerJob)).toEqual([30, 1, 1, 1, 1000]);
  expect([undefined, Number.NaN, 0].map(usualRunsPerJob)).toEqual([1, 1, 1]);
});

it('shares runs out to tasks, and tasks to arrays no larger than the cluster takes', () => {
  expect(arraysOf(runs(7), 2, 3)).toEqual([
    [
      [0, 1],
      [2, 3],
      [4, 5],
    ],
    [[6]],
  ]);
  expect(arraysOf(runs(2500), 1, 1000).map((array) => array.length)).toEqual([1000, 1000, 500]);
  expect(arraysOf([], 1, 1000)).toEqual([]);
});
