import type { RowValues, ScoreOfRows } from '../../extension/experiments/statistics/twoWayBootstrap.ts';

/** A metric that is computed of every run anew. */
export const eachRun =
  (score: (run: RowValues, counts: ArrayLike<number>) => number): ScoreOfRows =>
  (runs) =>
  (counts) =>
    runs.map((run) => score(run, counts));
