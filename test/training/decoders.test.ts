import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { methods } from '../../extension/methods/registry.ts';
import { decoderConfig } from '../support/smallDecoder.ts';
import { adapterBytes, attempt, createRun } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

describe('a run that tunes a decoder', () => {
  it('learns to complete prompts, and tells loss, perplexity and accuracy', async () => {
    const training = { epochs: 3, batch_size: 4, eval_on_start: true, learning_rate: 0.02 };
    const { outcome, events } = await attempt(
      await createRun(await decoderConfig(temporaryFolder(), { methods: ['lora'], training })),
      false,
    );
    expect(outcome.state).toBe('finished');
    const evaluations = events.filter((event) => event.type === 'evaluation').map(({ metrics }) => metrics);
    const [first, last] = [evaluations[0]!, evaluations.at(-1)!];
    expect(Object.keys(first).sort()).toEqual(['accuracy', 'loss', 'perplexity']);
    expect(first.perplexity).toBeCloseTo(Math.exp(first.loss!), 6);
    expect(last.loss!).toBeLessThan(0.95 * first.loss!);
    expect(last.accuracy!).toBeGreaterThan(first.accuracy!);
  });

  it.each(methods.filter(({ name }) => !['bitfit', 'head-only'].includes(name)).map(({ name }) => [name]))(
    'trains with %s',
    async (name) => {
      const training = { max_steps: 2, batch_size: 4 };
      const config = await decoderConfig(temporaryFolder(), { methods: [name], training });
      const { outcome } = await attempt(await createRun(config), false);
      expect(outcome).toMatchObject({ state: 'finished', step: 2 });
    },
  );

  it.each([
    ['bitfit', 'this model has no biases; use ln-tuning, lora or ia3'],
    ['head-only', "methods: must tune something, since the head of this task is the model's own, got head-only"],
  ])('is refused where %s has nothing to tune', async (name, message) => {
    const config = await decoderConfig(temporaryFolder(), { methods: [name] });
    await expect(createRun(config)).rejects.toThrow(message);
  });

  it.each([
    ['classification', { text: 'text', label: 'kind' }, 'accuracy'],
    ['regression', { text: 'text', label: 'number' }, 'pearson'],
    ['token-classification', { tokens: 'tokens', label: 'tags' }, 'entity_f1'],
  ])('can have a head for %s', async (task, columns, metric) => {
    const folder = temporaryFolder();
    const rows = Array.from({ length: 12 }, (_, i) => ({
      ...{ text: `a b ${'c '.repeat(i)}`, kind: i % 2 ? 'odd' : 'even', number: i * i },
      ...{ tokens: ['a', 'b', 'c'], tags: ['O', 'B-x', 'O'] },
    }));
    writeFileSync(path.join(folder, 'rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
    const data = { train: 'rows.jsonl', validation: 'rows.jsonl', ...columns };
    const training = { max_steps: 2, batch_size: 5 };
    const { outcome, events } = await attempt(
      await createRun(await decoderConfig(folder, { task, data, training })),
      false,
    );
    expect(outcome.state).toBe('finished');
    const [evaluation] = events.filter((event) => event.type === 'evaluation');
    expect(Number.isFinite(evaluation!.metrics[metric])).toBe(true);
  });

  it.each([
    ['ln-tuning', {}],
    [
      'unified with accumulation',
      { methods: ['unified'], training: { epochs: 2, batch_size: 4, gradient_accumulation: 2 } },
    ],
    [
      'upper norms with kept activations',
      { methods: [{ 'ln-tuning': { layers: [1] } }], training: { epochs: 3, batch_size: 8, dropout: 0 } },
    ],
  ])('ends with the same bits wherever it was stopped and resumed: %s', async (_, more) => {
    const config = await decoderConfig(temporaryFolder(), more);
    const whole = await createRun(config);
    const { outcome } = await attempt(whole, false);
    expect(outcome.state).toBe('finished');
    for (const stop of [1, 4, 7]) {
      const run = await createRun(config);
      expect((await attempt(run, false, stop)).outcome).toMatchObject({ state: 'stopped', step: stop });
      expect((await attempt(run, true)).outcome).toMatchObject({ state: 'finished', step: outcome.step });
      expect(adapterBytes(run).equals(adapterBytes(whole)), `stopped after ${stop}`).toBe(true);
    }
  });
});
