import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModelConfig } from '../../extension/checkpoint/modelConfig.ts';
import { openWeights } from '../../extension/checkpoint/weightFiles.ts';
import type { Tensor } from '../../extension/graph/tensor.ts';
import { openLogits } from '../../extension/inference/tunedGraphs.ts';

const decoders = resolve('test/golden/decoders');
const golden = JSON.parse(readFileSync(resolve(decoders, 'logits.json'), 'utf8'));

describe('openLogits', () => {
  it.each(['gpt2', 'llama'])('runs a decoder with a head of its own, constants included: %s', async (name) => {
    const folder = resolve(decoders, name);
    const { config, dimensions } = await readModelConfig(folder);
    const model = { folder, config, dimensions, entries: await openWeights(folder) };
    const opened = await openLogits({
      ...{ model, modelName: folder, task: 'classification', head: 'sequence', outputs: 3 },
      ...{
        labels: ['a', 'b', 'c'],
        methods: [],
        tensors: new Map([['score.weight', Float32Array.from(golden[name].score)]]),
      },
    });
    const i64 = (shape: readonly number[], rows: readonly number[]): Tensor => ({
      dtype: 'i64',
      shape,
      data: BigInt64Array.from(rows, BigInt),
    });
    const batch = Object.entries<number[][]>(golden[name].feeds).map(([key, rows]) => [key, i64([3, 7], rows.flat())]);
    const { data } = await opened.logits({ ...Object.fromEntries(batch), last_rows: i64([3], [6, 9, 18]) });
    await opened.close();
    const differences = [...(data as Float32Array)].map((value, i) => Math.abs(value - golden[name].scores[i]));
    expect(differences).toHaveLength(9);
    expect(Math.max(...differences)).toBeLessThan(1e-4);
  });
});
