import { describe, expect, it } from 'vitest';
import { pointOfRun } from '../../../extension/experiments/plan/pointOfRun.ts';
import { newRun } from '../../support/newRun.ts';
import { plannedSweep } from '../../support/plannedSweep.ts';

const cellOf = (methods: string, tune: string) =>
  plannedSweep(`methods: [${methods}]\ntune: {${tune}, seeds: [7]}\nseeds: [1]`, 3).plan.cells[0]!;
const configOf = (config: object) => newRun({ config: { ...config } }).config;

describe('the tuned values that a run was trained with', () => {
  it('are read from its own config', () => {
    const cell = cellOf('ln-tuning', 'training.learning_rate: [1e-3, 1e-2], training.batch_size: [8, 16]');
    const training = { learning_rate: 0.01, batch_size: 8, seed: 3 };
    expect(cell.points[pointOfRun(cell, configOf({ training }))!]!.map(({ value }) => value)).toEqual([0.01, 8]);
    expect(pointOfRun(cell, configOf({ training: { ...training, batch_size: 32 } }))).toBeUndefined();
    expect(pointOfRun(cell, configOf({}))).toBeUndefined();
  });

  it('are found in options of methods, and in the parts that a preset became', () => {
    const cell = cellOf('prefix', '"methods[0].prefix.length": [4, 8]');
    for (const [point, { methods }] of cell.configs.entries())
      expect(pointOfRun(cell, configOf({ methods }))).toBe(point);
    const preset = cellOf('pfeiffer', '"methods[0].pfeiffer.bottleneck": [4, 8]');
    for (const [point, { methods }] of preset.configs.entries())
      expect(pointOfRun(preset, configOf({ methods }))).toBe(point);
  });

  it('are those that were named, rather than those that the model decides', () => {
    const cell = cellOf('ln-tuning', 'training.learning_rate: [null, 1e-3]');
    expect(pointOfRun(cell, configOf({ training: { learning_rate: 0.001 } }))).toBe(1);
    expect(pointOfRun(cell, configOf({ training: { learning_rate: null } }))).toBe(0);
  });
});
