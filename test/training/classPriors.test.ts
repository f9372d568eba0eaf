import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelWeights, openModel } from '../../extension/checkpoint/modelFolder.ts';
import { ignoredLabel } from '../../extension/graph/ops.ts';
import { findTask } from '../../extension/tasks/registry.ts';
import { classPriors, withPriors } from '../../extension/training/classPriors.ts';
import { attempt, createRun, examples, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

type Train = Parameters<typeof classPriors>[1]['train'];

/** Rows with these targets, two to a batch. */
const rowsWith = (targets: readonly (readonly number[])[]): { readonly train: Train } => ({
  train: {
    size: targets.length,
    inEpoch: (_: number, batch: number) => ({
      examples: targets.slice(2 * batch, 2 * batch + 2).map((target) => ({ target })),
    }),
  } as unknown as Train,
});

describe('what is known of the classes before a text is read', () => {
  it('is the log of their shares among the labels of the training rows, each counted once more', () => {
    const run = { task: findTask('classification'), labels: ['no', 'yes', 'never'] };
    const priors = classPriors(run, rowsWith([[0], [0], [1], [0], [0]]), 2)!;
    expect([...priors].map(Math.exp)).toEqual([5 / 8, 2 / 8, 1 / 8].map((share) => expect.closeTo(share, 6)));
  });

  it('counts each word of a tagger, and nothing that it does not predict', () => {
    const run = { task: findTask('token-classification'), labels: ['O', 'B-PER'] };
    const rows = rowsWith([
      [ignoredLabel, 0, 0, 1, ignoredLabel],
      [ignoredLabel, 0, ignoredLabel],
    ]);
    expect([...classPriors(run, rows, 2)!].map(Math.exp)).toEqual([expect.closeTo(4 / 6, 6), expect.closeTo(2 / 6, 6)]);
  });

  it('is nothing where there are no classes', () => {
    for (const name of ['regression', 'masked-lm', 'causal-lm', 'completion'] as const) {
      expect(classPriors({ task: findTask(name), labels: [] }, rowsWith([[1]]), 2)).toBeUndefined();
    }
  });
});

describe('a head that begins with it', () => {
  const lossAtFirst = async (positive: number): Promise<number> => {
    const folder = temporaryFolder();
    const config = smallConfig(folder, {
      data: { train: 'rows.tsv', validation: 'rows.tsv', max_length: 32 },
      training: { epochs: 1, batch_size: 8, eval_on_start: true },
    });
    const rows = Array.from({ length: 100 }, (_, i) => `a film of ${i} stars\t${i < positive ? 'good' : 'bad'}`);
    writeFileSync(path.join(folder, 'rows.tsv'), `text\tlabel\n${rows.join('\n')}\n`);
    const { events } = await attempt(await createRun(config), false);
    return events.find((event) => event.type === 'evaluation')!.metrics.loss!;
  };

  it('has the loss of the shares alone before the first step', async () => {
    const entropy = (share: number): number => -share * Math.log(share) - (1 - share) * Math.log(1 - share);
    // The head's other numbers, N(0, 0.02²), tell nothing yet: they add a little.
    for (const positive of [50, 90, 98]) {
      expect((await lossAtFirst(positive)) - entropy((positive + 1) / 102)).toBeLessThan(0.15);
    }
  });

  it('changes its own biases alone, and only where they begin at random', async () => {
    const model = await openModel(path.join(examples, 'model'));
    const weights = modelWeights(model, { head: 'token', outputs: 2, labels: ['O', 'B-PER'], seed: 1 });
    const priors = Float32Array.of(-0.1, -2.4);
    const begun = withPriors(priors, weights);
    expect(await begun.read('classifier.bias')).toEqual(priors);
    expect(await begun.read('classifier.weight')).toEqual(await weights.read('classifier.weight'));
    expect(await withPriors(priors, { ...weights, fresh: [] }).read('classifier.bias')).toEqual(new Float32Array(2));
    expect(withPriors(undefined, weights)).toBe(weights);
  });
});
