import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { SweepRecord } from '../../../extension/contract/sweep.ts';
import { readSweep } from '../../../extension/experiments/file/readSweep.ts';
import { planChange, planIdentity } from '../../../extension/experiments/plan/planIdentity.ts';
import { planSweep } from '../../../extension/experiments/plan/planSweep.ts';

const config = (more = ''): string =>
  `model: tiny\ntask: classification\ndata: {train: train.tsv, validation: dev.tsv, test: test.tsv}\nmethods: [full]\n${more}`;

function identity(more = '', rates = '[1e-3, 1e-2]') {
  const text = `experiment: a.peft.yaml\nmethods: [ln-tuning, bitfit]\ntune: {training.learning_rate: ${rates}}\nseeds: 4`;
  const { sweep } = readSweep(parse(text));
  return planIdentity(sweep!, planSweep(sweep!, [{ file: 'a.peft.yaml', text: config(more) }]).plan!);
}

const started = (plan: SweepRecord['plan']): SweepRecord => ({
  version: 1,
  id: 'a',
  createdAt: '',
  path: 'a.sweep.yaml',
  text: '',
  experiments: [],
  codeVersion: '0.2.0',
  plan,
});

describe('a plan that was kept', () => {
  it('is the same for the same texts', () => {
    expect(planChange(started(identity()), identity())).toBeUndefined();
  });

  it('is noticed to lay out other runs', () => {
    expect(planChange(started(identity()), identity('', '[1e-3, 2e-2]'))).toBe('layout');
  });

  it('is noticed to fill in its configs otherwise, though the runs are the same', () => {
    expect(planChange(started(identity()), identity('training: {batch_size: 8}'))).toBe('configs');
  });
});
