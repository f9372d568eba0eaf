import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { TunedModel } from '../../../extension/checkpoint/tunedModel.ts';
import { collateInputs } from '../../../extension/data/batches/collate.ts';
import { greedy, type Sampling } from '../../../extension/inference/generation/sampling.ts';
import { TokenGenerator } from '../../../extension/inference/generation/tokenGenerator.ts';
import { logitsSpec, openLogits } from '../../../extension/inference/tunedGraphs.ts';
import { buildLogits } from '../../../extension/training/plan/program.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { tunedDecoder } from '../../support/tunedModels.ts';

interface Golden {
  readonly prompts: readonly (readonly number[])[];
  readonly new: number;
  readonly generated: Readonly<
    Record<string, Readonly<Record<'greedy' | 'penalty 1.7', readonly (readonly number[])[]>>>
  >;
}
/** What transformers generates with the tiny decoders; see generate.py beside it. */
const golden = JSON.parse(readFileSync('test/golden/decoders/generate.json', 'utf8')) as Golden;

async function write(
  tuned: Omit<TunedModel, 'task'>,
  batch: number,
  {
    sampling = greedy,
    prompts = golden.prompts,
    most = golden.new,
  }: {
    readonly sampling?: Sampling;
    readonly prompts?: readonly (readonly number[])[];
    readonly most?: number;
  } = {},
): Promise<number[][]> {
  const generator = await TokenGenerator.open(tuned, { threads: 1 });
  const written: number[][] = prompts.map(() => []);
  const rows = prompts.map((prompt, row) => ({
    row,
    prompt,
    sampling,
    take: (id: number) => written[row]!.push(id) < most,
  }));
  await generator.generate(rows, batch);
  await generator.close();
  return written;
}

/** The likeliest tokens, with the whole text computed anew for each. */
async function withoutCache(tuned: Omit<TunedModel, 'task'>, prompt: readonly number[], most: number) {
  const model = await openLogits(tuned);
  const { dimensions } = tuned.model;
  const { positionShift } = buildLogits(logitsSpec(tuned));
  const ids = [...prompt];
  for (let step = 0; step < most; step++) {
    const feeds = collateInputs([{ inputIds: ids, tokenTypeIds: ids.map(() => 0) }], { dimensions, positionShift });
    const { data } = await model.logits(feeds);
    const last = [...(data as Float32Array).subarray(data.length - dimensions.vocabulary)];
    ids.push(last.indexOf(Math.max(...last)));
  }
  await model.close();
  return ids.slice(prompt.length);
}

describe('generates what transformers does', () => {
  for (const [name, { greedy: expected, 'penalty 1.7': penalized }] of Object.entries(golden.generated)) {
    it(`${name}: alone, in a batch, and with a row that ends making room for the next`, async () => {
      const tuned = await tunedDecoder(name);
      expect(await write(tuned, 1)).toEqual(expected);
      expect(await write(tuned, 4)).toEqual(expected);
      expect(await write(tuned, 2)).toEqual(expected);
    });

    it(`${name}: with a penalty of repetitions`, async () => {
      const sampling = { ...greedy, repetitionPenalty: 1.7 };
      expect(await write(await tunedDecoder(name), 3, { sampling })).toEqual(penalized);
    });
  }
});

describe('generates the same with a cache and without, alone and in a batch', () => {
  const unions = [
    ['llama', 'ln-tuning'],
    ['gpt2', 'prefix: {length: 3}'],
    ['qwen3', 'prefix: {length: 2, positions: unchanged}'],
    ['llama', '[ln-tuning, prefix: {length: 3}, adapter: {bottleneck: 3, at: attention}]'],
    ['qwen2', '[lora: {rank: 2}, prefix: {length: 2, mlp: true, mlp_width: 4}]'],
    ['gpt2-variant', '[ia3, bitfit]'],
  ] as const;
  for (const [name, methods] of unions) {
    it(`${name}, ${methods}`, async () => {
      const tuned = await tunedDecoder(name, methods);
      const expected = [];
      for (const prompt of golden.prompts) expected.push(await withoutCache(tuned, prompt, 3));
      expect(await write(tuned, 1, { most: 3 })).toEqual(expected);
      expect(await write(tuned, 3, { most: 3 })).toEqual(expected);
      expect(expected).not.toEqual(await write(await tunedDecoder(name), 1, { most: 3 }));
    });
  }

  it('rows of very different length, which outgrow the cache', async () => {
    const folder = temporaryFolder();
    const from = 'test/golden/decoders/qwen2';
    copyFileSync(`${from}/model.safetensors`, `${folder}/model.safetensors`);
    const config = JSON.parse(readFileSync(`${from}/config.json`, 'utf8'));
    writeFileSync(`${folder}/config.json`, JSON.stringify({ ...config, max_position_embeddings: 200 }));
    const tuned = await tunedDecoder(folder, 'prefix: {length: 3}');
    const prompts = [Array.from({ length: 100 }, (_, i) => (7 * i) % 60), [3, 4]];
    const expected = [];
    for (const prompt of prompts) expected.push(await withoutCache(tuned, prompt, 70));
    expect(await write(tuned, 2, { prompts, most: 70 })).toEqual(expected);
  });
});

it('draws the same tokens for a row whatever is beside it, and others for another row or seed', async () => {
  const tuned = await tunedDecoder('qwen3');
  const sampling = { ...greedy, temperature: 1.5, topK: 30, topP: 0.95, seed: 4 };
  const alone = await write(tuned, 1, { sampling, most: 12 });
  expect(await write(tuned, 4, { sampling, most: 12 })).toEqual(alone);
  expect(await write(tuned, 4, { sampling: { ...sampling, seed: 5 }, most: 12 })).not.toEqual(alone);
  const twice = await write(tuned, 2, {
    sampling,
    prompts: [
      [5, 9],
      [5, 9],
    ],
    most: 12,
  });
  expect(twice[0]).not.toEqual(twice[1]);
});
