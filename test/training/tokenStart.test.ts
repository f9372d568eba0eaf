import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runFiles } from '../../extension/contract/run.ts';
import { onnxEngine } from '../../extension/engines/onnx/onnxEngine.ts';
import { drift } from '../../extension/inference/drift.ts';
import { goldenDecoders } from '../support/goldenDecoders.ts';
import { decoderConfig } from '../support/smallDecoder.ts';
import { adapterBytes, attempt, createRun, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { openBeginning } from '../support/tokenBeginning.ts';

const engine = onnxEngine('cpu');
const golden = path.resolve('test/golden');

const close = (got: readonly number[], expected: readonly number[]) => {
  expect(got).toHaveLength(expected.length);
  expect(Math.max(...got.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(2e-5);
};

describe('a prefix that begins as training tokens are read', () => {
  it.each(Object.keys(goldenDecoders))('lets a decoder go on as if it had read them: %s', async (name) => {
    const [tokens, text] = [
      [7, 12, 5, 9, 30, 21],
      [4, 18, 11, 3],
    ];
    const { logits, start } = await openBeginning(engine, path.join(golden, 'decoders', name), 'causal-lm', {
      length: 6,
    });
    const whole = await logits([...tokens, ...text]);
    close(await logits(text, await start(tokens)), whole.slice((whole.length / 10) * 6));
  });

  // Where positions come in with the embeddings: elsewhere attention also sees how far away a key is.
  it.each(['bert-sequence', 'distilbert-sequence', 'electra-sequence', 'roberta-sequence'])(
    'changes nothing for an encoder that reads the same tokens: %s',
    async (name) => {
      const tokens = [2, 12, 5, 9, 30, 21, 3];
      const prefix = { length: 7, positions: 'unchanged' };
      const { logits, start } = await openBeginning(
        engine,
        path.join(golden, 'models', name),
        'classification',
        prefix,
      );
      close(await logits(tokens, await start(tokens)), await logits(tokens));
      const others = await logits(tokens, await start([2, 8, 8, 40, 1, 6, 3]));
      expect(Math.abs(others[0]! - (await logits(tokens))[0]!)).toBeGreaterThan(1e-4);
    },
  );

  it.each([
    ['a decoder', (folder: string, methods: unknown) => decoderConfig(folder, { methods })],
    ['an encoder', async (folder: string, methods: unknown) => smallConfig(folder, { methods })],
  ])('ends with the same bits wherever the run was stopped, and is told how far it moved: %s', async (_, config) => {
    const file = await config(temporaryFolder(), { prefix: { length: 20, init: 'tokens' } });
    const whole = await createRun(file);
    const { outcome } = await attempt(whole, false);
    const random = await createRun(file, ['methods.prefix.init=random']);
    await attempt(random, false);
    expect(existsSync(path.join(random, runFiles.start))).toBe(false);
    expect(adapterBytes(random).equals(adapterBytes(whole))).toBe(false);
    for (const stop of [0, 3]) {
      const run = await createRun(file);
      await attempt(run, false, stop);
      const begun = readFileSync(path.join(run, runFiles.start));
      expect((await attempt(run, true)).outcome).toMatchObject({ state: 'finished', step: outcome.step });
      expect(readFileSync(path.join(run, runFiles.start)).equals(begun)).toBe(true);
      expect(adapterBytes(run).equals(adapterBytes(whole)), `stopped after ${stop}`).toBe(true);
    }
    const moved = (await drift(whole)).at(-1)!;
    const means = moved.layers.flatMap(({ meanAbsoluteChange }) => meanAbsoluteChange).filter((mean) => mean !== null);
    expect(Math.max(...means)).toBeGreaterThan(0);
    expect(Math.max(...means)).toBeLessThan(0.5);
  });
});
