import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { exportModel } from '../../extension/export/exportModel.ts';
import { greedy } from '../../extension/inference/generation/sampling.ts';
import { TokenGenerator } from '../../extension/inference/generation/tokenGenerator.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { tunedDecoder } from '../support/tunedModels.ts';
import { python } from './peer.ts';

const cases = [
  ['gpt2', '[lora, ln-tuning]'],
  ['llama', '[lora, ln-tuning]'],
  ['llama', 'unified: {length: 3}'],
  ['llama', 'prefix: {length: 3, positions: unchanged}'],
  ['mistral', 'ia3'],
  ['qwen2', 'bitfit'],
  ['qwen3', 'prefix: {length: 2}'],
] as const;
const prompts = [[5, 9, 2], [1], [30, 31, 32, 33, 34, 7]];
const count = 5;

it('writes the same tokens with an exported decoder and its past in onnxruntime for Python', async () => {
  const made = [];
  for (const [family, methods] of cases) {
    const tuned = await tunedDecoder(family, methods);
    const folder = path.join(temporaryFolder(), 'out');
    await exportModel(tuned, 'onnx', folder);
    const generator = await TokenGenerator.open(tuned);
    const written: number[][] = prompts.map(() => []);
    const rows = prompts.map((prompt, row) => ({
      ...{ row, prompt, sampling: greedy },
      take: (id: number) => written[row]!.push(id) < count,
    }));
    await generator.generate(rows, 1);
    await generator.close();
    made.push({ given: { folder, prompts, count }, written });
  }
  const answer = execFileSync(python(), ['test/torch/pastProgram.py'], {
    ...{ input: JSON.stringify(made.map(({ given }) => given)), encoding: 'utf8' },
  });
  expect(JSON.parse(answer.trim().split('\n').at(-1)!)).toEqual(made.map(({ written }) => written));
});
