import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openModel } from '../../extension/checkpoint/modelFolder.ts';
import { baseWeights, partsOf, type TunedModel } from '../../extension/checkpoint/tunedModel.ts';
import { loadTokenizer } from '../../extension/data/tokenizer/tokenizer.ts';
import { exportModel } from '../../extension/export/exportModel.ts';
import { sampleFeeds } from '../../extension/export/sampleFeeds.ts';
import { greedy } from '../../extension/inference/generation/sampling.ts';
import { TokenGenerator } from '../../extension/inference/generation/tokenGenerator.ts';
import { openLogits } from '../../extension/inference/tunedGraphs.ts';
import { smallDecoder } from '../support/smallDecoder.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { tunedDecoder } from '../support/tunedModels.ts';
import { python } from './peer.ts';

const llama3 = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4, rope_theta: 10_000 };
/** A small decoder of each family that llama.cpp knows, what it calls them, and how each is tuned. */
const cases = [
  ['gpt2', 'gpt2', '[lora, bitfit, ln-tuning]', { n_embd: 64 }],
  ['llama', 'llama', '[lora, ln-tuning]', {}],
  [
    'llama',
    'llama',
    'ia3',
    { rope_parameters: { ...llama3, original_max_position_embeddings: 16 }, attention_bias: true },
  ],
  [
    'llama',
    'llama',
    'ln-tuning',
    { rope_parameters: { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 16 } },
  ],
  ['llama', 'llama', 'ln-tuning', { rope_parameters: { rope_type: 'linear', factor: 2 }, tie_word_embeddings: false }],
  ['mistral', 'llama', 'full', {}],
  ['qwen2', 'qwen2', '[lora, bitfit]', {}],
  ['qwen3', 'qwen3', '[lora, ln-tuning]', { head_dim: 32 }],
] as const satisfies readonly (readonly [Parameters<typeof smallDecoder>[1], string, string, object])[];
const texts = ['The sea is blue', 'a small cafe, by the river in 1987', 'good', "it's   a\n\nred boat!"];
const written = 12;

async function tuned(folder: string, [family, , methods, more]: (typeof cases)[number]): Promise<TunedModel> {
  const sizes = { hidden_size: 64, head_dim: 16, intermediate_size: 96, bos_token_id: 0, eos_token_id: 2 };
  return await tunedDecoder(await smallDecoder(path.join(folder, 'base'), family, { ...sizes, ...more }), methods);
}

/** The likeliest tokens that a model writes on each text. */
async function ours(
  model: Omit<TunedModel, 'task'>,
): Promise<{ readonly ids: readonly number[]; readonly written: number[] }[]> {
  const tokenizer = await loadTokenizer(model.model.folder);
  const generator = await TokenGenerator.open(model);
  const answers = texts.map((text) => ({
    ids: tokenizer.encode(text, undefined, 64).inputIds,
    written: [] as number[],
  }));
  const rows = answers.map(({ ids, written: own }, row) => ({
    ...{ row, prompt: ids, sampling: greedy },
    take: (id: number) => own.push(id) < written,
  }));
  await generator.generate(rows, 1);
  await generator.close();
  return answers;
}

describe('a GGUF file', () => {
  it('has the same logits in transformers, of every family', async () => {
    const made = await Promise.all(
      cases.map(async (each) => {
        const folder = temporaryFolder();
        const model = await tuned(folder, each);
        const out = path.join(folder, 'out');
        await exportModel(model, 'gguf', out, { dtype: 'f32' });
        const [feeds] = sampleFeeds(model);
        const rows = (name: string) => {
          const { data, shape } = feeds![name]!;
          const width = shape[1]!;
          return Array.from({ length: shape[0]! }, (_, row) =>
            Array.from(data.slice(row * width, (row + 1) * width), Number),
          );
        };
        const names = ['input_ids', 'attention_mask', 'position_ids'];
        const reference = await openLogits(model);
        const { data } = await reference.logits(feeds!);
        await reference.close();
        const given = {
          folder: out,
          base: model.model.folder,
          feeds: Object.fromEntries(names.map((name) => [name, rows(name)])),
        };
        return { given, data, real: rows('attention_mask').flat(), vocabulary: model.outputs };
      }),
    );
    const report = execFileSync(python(), ['test/torch/ggufProgram.py'], {
      ...{ input: JSON.stringify(made.map(({ given }) => given)), encoding: 'utf8', maxBuffer: 1 << 28 },
    });
    const answers = JSON.parse(report.trim().split('\n').at(-1)!) as {
      architecture: string;
      types: string[];
      logits: number[];
    }[];
    for (const [i, { architecture, types, logits }] of answers.entries()) {
      const { data, real, vocabulary } = made[i]!;
      const [family, expected] = cases[i]!;
      expect(architecture).toBe(expected);
      expect(types).toEqual(['F32']);
      expect(logits.length).toBe(data.length);
      const differences = logits.map((value, at) =>
        real[Math.floor(at / vocabulary)] ? Math.abs(value - Number(data[at])) : 0,
      );
      expect(Math.max(...differences), `${family} ${i}`).toBeLessThan(1e-4);
    }
  });

  const llama = process.env.PEFT_LAB_LLAMA ?? '';
  const theirs = (files: readonly string[]): unknown => {
    const answer = execFileSync(process.execPath, ['test/torch/llamaProgram.mjs', llama], {
      ...{ input: JSON.stringify({ files, texts, count: written }), encoding: 'utf8' },
    });
    return JSON.parse(answer.trim().split('\n').at(-1)!);
  };

  it.runIf(existsSync(llama))('is read and written on in llama.cpp as here, of every family', async () => {
    const [files, expected]: [string[], unknown[]] = [[], []];
    for (const each of cases) {
      const folder = temporaryFolder();
      const model = await tuned(folder, each);
      await exportModel(model, 'gguf', path.join(folder, 'out'), { dtype: 'f32' });
      files.push(path.join(folder, 'out/model.gguf'));
      expected.push(await ours(model));
    }
    expect(theirs(files)).toEqual(expected);
  });

  const smolLm2 = path.resolve(process.env.PEFT_LAB_SMOLLM2 ?? '.smollm2');
  it.runIf(existsSync(llama) && existsSync(smolLm2))('writes with a tuned SmolLM2 in llama.cpp as here', async () => {
    const folder = await openModel(smolLm2);
    const outputs = folder.dimensions.vocabulary;
    const bare = { model: folder, modelName: smolLm2, head: 'causal-lm', labels: [], outputs } as const;
    const model = { ...bare, task: 'causal-lm', ...(await movedNorms(bare)) } as const;
    const out = path.join(temporaryFolder(), 'out');
    await exportModel(model, 'gguf', path.join(out, 'f32'), { dtype: 'f32' });
    expect(theirs([path.join(out, 'f32/model.gguf')])).toEqual([await ours(model)]);

    // Where the base is quantised, its own GGUF file takes the norms.
    const onto = process.env.PEFT_LAB_SMOLLM2_GGUF;
    if (!onto) return;
    const { verified } = await exportModel(model, 'gguf', path.join(out, 'onto'), { onto });
    expect(verified).toMatch(/61 tensors are the tuned ones, the 211 others/);
    const [untuned, got] = theirs([onto, path.join(out, 'onto/model.gguf')]) as Answers[];
    const expected = await ours(model);
    // That file divides numbers otherwise than the folder made from it. Activations are rounded to bytes beside quantised
    // weights: the first token agrees, later ones may part.
    const same = expected.flatMap(({ ids, written }, i) =>
      `${ids}` === `${got![i]!.ids}` ? [[written, got![i]!.written]] : [],
    );
    expect(same.length).toBeGreaterThanOrEqual(3);
    for (const [own, there] of same) expect(there![0]).toBe(own![0]);
    expect(got).not.toEqual(untuned);
  });
});

type Answers = readonly { readonly ids: readonly number[]; readonly written: readonly number[] }[];

/** Every gain moved by a few percent, as LN-tuning moves them. */
async function movedNorms(bare: Pick<TunedModel, 'model' | 'modelName' | 'head' | 'labels' | 'outputs'>) {
  const { methods } = await tunedDecoder('llama', 'ln-tuning');
  const base = baseWeights({ ...bare, methods: [], tensors: new Map() });
  const tensors = new Map<string, Float32Array>();
  for (const { name } of partsOf({ ...bare, methods }).unfrozen) {
    tensors.set(
      name,
      (await base.read(name)).map((value, i) => value * (1 + 0.05 * Math.sin(i))),
    );
  }
  return { methods, tensors };
}
