import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { generate } from '../../../extension/inference/generation/generate.ts';
import { judgeTexts } from '../../../extension/inference/generation/judgeTexts.ts';
import { greedy } from '../../../extension/inference/generation/sampling.ts';
import { openPredictor } from '../../../extension/inference/predictor.ts';
import { decoderConfig } from '../../support/smallDecoder.ts';
import { attempt, createRun } from '../../support/smallRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const options = { ...greedy, maxTokens: 8, stops: [] };

async function trained() {
  const folder = temporaryFolder();
  const training = { epochs: 6, batch_size: 4, learning_rate: 0.02 };
  const run = await createRun(await decoderConfig(folder, { methods: ['lora'], training }));
  const { outcome } = await attempt(run, false);
  expect(outcome.state).toBe('finished');
  return { folder, run };
}

const linesOf = (file: string) =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

it('writes with what a run tuned, and with its base beside', async () => {
  const { run } = await trained();
  const { written } = await generate(
    {
      writers: [
        { kind: 'run', run },
        { kind: 'base', run },
      ],
      input: { kind: 'prompt', prompt: 'boat: red' },
      options,
      batch: 1,
      threads: 1,
    },
    () => {},
  );
  expect(written).toHaveLength(2);
  expect(written[0]!.text).not.toBe(written[1]!.text);

  // What Try a Model asks says how the text goes on.
  const predictor = await openPredictor(run, () => {});
  const said = await predictor.predict('boat: red');
  await expect(predictor.predict('')).rejects.toThrow('got 0; write more');
  await predictor.close();
  expect(String(said.label).startsWith(written[0]!.text.trim())).toBe(true);
});

it('judges what a run writes on each prompt by all the completions that the file has for it', async () => {
  const { folder, run } = await trained();
  const data = path.join(folder, 'judge.jsonl');
  const prompts = ['boat: red', 'big old house: blue', 'boat: red'];
  writeFileSync(data, prompts.map((prompt) => `${JSON.stringify({ prompt, completion: 'grey red' })}\n`).join(''));
  const first = await judgeTexts(run, data, () => {}, { options, batch: 2 });
  expect(first.texts).toBe(2);
  const [written] = linesOf(first.file);
  expect(written).toEqual({ prompt: 'boat: red', text: expect.any(String), references: ['grey red', 'grey red'] });

  // The text itself as one of several right answers.
  const answers = linesOf(first.file).filter(({ text }) => text !== '');
  expect(answers.length).toBeGreaterThan(0);
  const rows = answers.flatMap(({ prompt, text }) => [
    { prompt, completion: 'nothing like it' },
    { prompt, completion: text },
  ]);
  writeFileSync(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const { metrics, texts } = await judgeTexts(run, data, () => {}, { options, batch: 2 });
  expect({ texts, ...metrics }).toMatchObject({ texts: answers.length, exact_match: 1 });
});
