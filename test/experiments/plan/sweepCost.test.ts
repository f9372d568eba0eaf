import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readSweep } from '../../../extension/experiments/file/readSweep.ts';
import { planSweep } from '../../../extension/experiments/plan/planSweep.ts';
import { cellCost, pricedOverrides, sweepCost } from '../../../extension/experiments/plan/sweepCost.ts';

const text = `
model: tiny
task: classification
data: {train: train.tsv, validation: dev.tsv, test: test.tsv}
methods: [full]
training: {epochs: 9}
`;

function planned(yaml: string) {
  const { sweep } = readSweep(parse(`experiment: reviews.peft.yaml\n${yaml}`));
  const { plan } = planSweep(sweep!, [{ file: 'reviews.peft.yaml', text }]);
  return { sweep: sweep!, cells: plan!.cells };
}

const needs = (totalSeconds: number) => ({
  totalSeconds,
  memoryBytes: 100 * totalSeconds,
  diskBytes: 1000 * totalSeconds,
});

describe('the cost of a sweep', () => {
  it('counts every tuning run, and results at the dearest combination, for it may be the one that is chosen', () => {
    const { sweep, cells } = planned(
      'methods: [ln-tuning, bitfit]\ntune: {training.epochs: [1, 3], seeds: [101, 102]}\nseeds: 4',
    );
    const each = cells.map((cell) => cellCost(sweep, cell, [needs(10), needs(30)]));
    expect(each[0]).toEqual({
      runs: 8,
      seconds: 2 * (10 + 30) + 4 * 30,
      memoryBytes: 3000,
      diskBytes: 2 * (10_000 + 30_000) + 4 * 30_000,
    });
    expect(sweepCost(each, { atOnce: 1, speedup: 1 })).toEqual({ seconds: 400, memoryBytes: 3000, diskBytes: 400_000 });
  });

  it('counts of halved runs the part of their length that they are trained for', () => {
    const { sweep, cells } = planned(`
methods: [ln-tuning]
tune: {training.learning_rate: [1e-4, 2e-4, 3e-4, 1e-3, 2e-3, 3e-3, 1e-2, 2e-2, 3e-2], seeds: [101], search: halving}
seeds: 2`);
    // Nine for one epoch, three for three, one for nine: 9 + 3 · 2 + 1 · 6 of 81 epochs.
    const { seconds } = cellCost(
      sweep,
      cells[0]!,
      Array.from({ length: 9 }, () => needs(90)),
    );
    expect(seconds).toBeCloseTo(9 * 90 * (21 / 81) + 2 * 90, 6);
  });

  it('holds the memory of as many runs as go at once, which take that much less time', () => {
    const { sweep, cells } = planned('methods: [ln-tuning]\nseeds: 6');
    const [cell] = cells.map((one) => cellCost(sweep, one, [needs(10)]));
    expect(sweepCost([cell!], { atOnce: 3, speedup: 3 })).toMatchObject({ memoryBytes: 3000, seconds: 20 });
    expect(sweepCost([cell!], { atOnce: 6, speedup: 2 })).toMatchObject({ memoryBytes: 6000, seconds: 30 });
  });

  it('asks once for combinations that differ in rates alone', () => {
    const { cells } = planned(
      'methods: [ln-tuning]\ntune: {training.learning_rate: [1e-3, 1e-2], training.epochs: [1, 2], seeds: [101]}\nseeds: 2',
    );
    const [cell] = cells;
    expect(new Set(cell!.points.map((_, point) => pricedOverrides(cell!, point).join(' ')))).toEqual(
      new Set(['methods=["ln-tuning"] training.epochs=1', 'methods=["ln-tuning"] training.epochs=2']),
    );
  });
});
