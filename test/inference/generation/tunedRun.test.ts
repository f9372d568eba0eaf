import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { type GenerationInput, generate } from '../../../extension/inference/generation/generate.ts';
import { judgeTexts } from '../../../extension/inference/generation/judgeTexts.ts';
import type { Writer } from '../../../extension/inference/generation/openGenerator.ts';
import { openPromptWriter } from '../../../extension/inference/generation/promptWriter.ts';
import { greedy } from '../../../extension/inference/generation/sampling.ts';
import { predict } from '../../../extension/inference/predict.ts';
import { openPredictor } from '../../../extension/inference/predictor.ts';
import { decoderConfig } from '../../support/smallDecoder.ts';
import { attempt, createRun } from '../../support/smallRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const options = { ...greedy, maxTokens: 8, stops: [] };

async function trained(more: Readonly<Record<string, unknown>> = {}, folder = temporaryFolder()) {
  const training = { epochs: 6, batch_size: 4, learning_rate: 0.02 };
  const config = await decoderConfig(folder, { methods: ['lora'], training, ...more });
  const tokenizer = path.join(folder, 'model/tokenizer_config.json');
  writeFileSync(tokenizer, JSON.stringify({ ...JSON.parse(readFileSync(tokenizer, 'utf8')), chat_template: template }));
  const run = await createRun(config);
  const { outcome } = await attempt(run, false);
  expect(outcome.state).toBe('finished');
  return { folder, run };
}

const template =
  "{% for m in messages %}{{ m.role[0] }}:{{ m.content }}{{ '</s>' if m.role == 'assistant' else '\\n' }}{% endfor %}" +
  '{% if add_generation_prompt %}a:{% endif %}';

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

  // A chat hears it in pieces, and how the model reads the prompt.
  const writer = await openPromptWriter({ kind: 'run', run }, () => {});
  const [pieces, read]: [string[], string[]] = [[], []];
  const onRead = (tokens: readonly string[]) => void read.push(...tokens);
  const said = await writer.write('boat: red', options, { onRead, onText: (piece) => pieces.push(piece) });
  expect(pieces.length).toBeGreaterThan(1);
  expect(pieces.join('')).toBe(said.text);
  expect({ ...said, seconds: 0 }).toEqual({ ...written[0], seconds: 0 });
  expect(writer.step).toBeGreaterThan(0);
  expect(read.join('')).toContain('boat: red');
  expect(read).toHaveLength(said.promptTokens);
  await expect(writer.write('', options)).rejects.toThrow('got 0; write more');
  const stopped = await writer.write('boat: red', options, { signal: AbortSignal.abort() });
  expect(stopped).toMatchObject({ text: '', tokens: 0, reason: 'stopped' });
  await writer.close();
});

it('judges what a run writes on each prompt by all the completions that the file has for it', async () => {
  const { folder, run } = await trained();
  const data = path.join(folder, 'judge.jsonl');
  const prompts = ['boat: red', 'big old house: blue', 'boat: red'];
  writeFileSync(data, prompts.map((prompt) => `${JSON.stringify({ prompt, completion: 'grey red' })}\n`).join(''));
  const first = await judgeTexts(run, data, () => {}, { options, batch: 2 });
  expect(first.texts).toBe(2);
  const [written] = linesOf(first.file!);
  expect(written).toEqual({ prompt: 'boat: red', text: expect.any(String), references: ['grey red', 'grey red'] });

  // The text itself as one of several right answers.
  const answers = linesOf(first.file!).filter(({ text }) => text !== '');
  expect(answers.length).toBeGreaterThan(0);
  const rows = answers.flatMap(({ prompt, text }) => [
    { prompt, completion: 'nothing like it' },
    { prompt, completion: text },
  ]);
  writeFileSync(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const { metrics, texts } = await judgeTexts(run, data, () => {}, { options, batch: 2 });
  expect({ texts, ...metrics }).toMatchObject({ texts: answers.length, exact_match: 1 });
});

it('asks a run as its rows were written: in each command alike', async () => {
  const folder = temporaryFolder();
  const file = (name: string, rows: readonly object[]) => {
    writeFileSync(path.join(folder, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return path.join(folder, name);
  };
  const turns = (question: string) => [
    { from: 'human', value: question },
    { from: 'gpt', value: 'It is red.' },
  ];
  const chats = file(
    'chats.jsonl',
    ['a', 'bc', 'boat', 'old'].map((question) => ({ conversations: turns(question) })),
  );
  const data = { train: 'chats.jsonl', validation: 'chats.jsonl' };
  const { run } = await trained({ data, training: { epochs: 1, batch_size: 4 } }, folder);
  const ask = async (input: GenerationInput, writer: Writer = { kind: 'run', run }) => {
    const { written } = await generate({ writers: [writer], input, options, batch: 2, threads: 1 }, () => {});
    return written.map(({ text, promptTokens }) => ({ text, promptTokens }));
  };
  const model: Writer = { kind: 'model', model: path.join(folder, 'model') };

  // A prompt is the question of a conversation; a model that was not tuned reads it as it stands.
  const [typed] = await ask({ kind: 'prompt', prompt: 'boat' });
  const messages = file('asked.json', [{ messages: [{ role: 'user', content: 'boat' }] }]);
  expect(await ask({ kind: 'messages', file: messages })).toEqual([typed]);
  const lengths = ['u:boat\na:', 'boat'].map(async (prompt) => (await ask({ kind: 'prompt', prompt }, model))[0]);
  expect((await Promise.all(lengths)).map((found) => found!.promptTokens)).toEqual([
    typed!.promptTokens,
    expect.any(Number),
  ]);
  expect((await lengths[1])!.promptTokens).toBeLessThan(typed!.promptTokens);

  // Rows of the config's own columns, answered or not.
  const out = path.join(folder, 'out.jsonl');
  const open = file('open.jsonl', [{ conversations: turns('boat') }, { conversations: turns('boat').slice(0, 1) }]);
  await ask({ kind: 'file', file: open, out, column: undefined });
  const prompt = [{ role: 'user', content: 'boat' }];
  const rows = linesOf(out).map(({ prompt, text, promptTokens }) => ({ prompt, text, promptTokens }));
  expect(rows).toEqual([0, 1].map(() => ({ prompt, ...typed })));

  const report = await judgeTexts(run, chats, () => {}, { options, batch: 4 });
  const judged = linesOf(report.file!);
  expect(judged.map(({ references }) => references)).toEqual(Array(4).fill(['It is red.']));
  expect(judged[2]).toMatchObject({ prompt, text: typed!.text.trim() });

  const writer = await openPromptWriter({ kind: 'run', run }, () => {});
  expect(writer.facts).toEqual({ forms: ['conversation'], examples: expect.arrayContaining([expect.any(String)]) });
  expect((await writer.write('boat', options)).text).toBe(typed!.text);
  await writer.close();
});

it('does not label a text with a run that writes, and says what to do', async () => {
  const { run } = await trained({ training: { epochs: 1, batch_size: 40 } });
  await expect(predict(run, { kind: 'text', text: 'boat' }, () => {})).rejects.toThrow(
    /must be a run whose model labels, got completion; let it write with peft-lab generate, or judge it with/,
  );
  await expect(openPredictor(run, () => {})).rejects.toThrow('must be a run whose model labels, got completion');
});
