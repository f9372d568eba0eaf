import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadTokenizer } from '../../extension/data/tokenizer/tokenizer.ts';
import { answer, askRow, askText, askTyped } from '../../extension/inference/predictions.ts';
import type { TunedRun } from '../../extension/inference/tunedRun.ts';
import type { TaskName } from '../../extension/tasks/registry.ts';
import { findTask } from '../../extension/tasks/registry.ts';

const tokenizer = await loadTokenizer(path.join(import.meta.dirname, '../golden/tokenizers/wordpiece'));
const labels = ['even', 'odd'];

const atOnce = { rows: 3, tokens: 64 };

/** A model that knows whether the id of a token is odd; `windows` gathers the lengths that it was asked. */
function runOf(task: TaskName, windows: number[] = []): TunedRun {
  const logits = async (examples: readonly { readonly inputIds: readonly number[] }[]) => {
    const length = Math.max(...examples.map(({ inputIds }) => inputIds.length));
    expect(examples.length).toBeLessThanOrEqual(Math.max(1, Math.min(atOnce.rows, atOnce.tokens / length)));
    windows.push(...examples.map(({ inputIds }) => inputIds.length));
    const positions = task === 'classification' ? 1 : length;
    const data = examples.flatMap(({ inputIds }) =>
      Array.from({ length: positions }, (_, i) => ((inputIds[i] ?? 0) % 2 === 1 ? [0, 1] : [1, 0])).flat(),
    );
    const shape = task === 'classification' ? [examples.length, 2] : [examples.length, length, 2];
    return { dtype: 'f32' as const, shape, data: Float32Array.from(data) };
  };
  return { task: findTask(task), tuned: { task, labels }, tokenizer, atOnce, logits } as unknown as TunedRun;
}

const words = (count: number) =>
  Array.from({ length: count }, (_, i) => ['bake', 'lemo', 'dina', 'kora', 'la'][i % 5]!);

describe('predictions', () => {
  it.each([1, 5, 6, 7, 23, 400])('label every one of %i words as where all of them fit', async (count) => {
    const text = words(count).join(' ');
    const lengths: number[] = [];
    const predicted = async (maxLength: number, windows?: number[]) => {
      const run = runOf('token-classification', windows);
      return (await answer(run, [askText(run, text, undefined, maxLength)], maxLength))[0]!;
    };
    const short = await predicted(8, lengths);
    expect(short.tokens!.map((token) => token.text)).toEqual(words(count));
    expect(short).toEqual(await predicted(4096));
    expect(Math.max(...lengths)).toBeLessThanOrEqual(8);
  });

  it('mark words that have no token', async () => {
    const run = runOf('token-classification');
    const row = { file: 'a', line: 1, cells: { tokens: ['bake', '\u0000', 'lemo'] } };
    const [prediction] = await answer(run, [askRow(run, row, { tokens: 'tokens' }, 64)], 64);
    expect(prediction!.tokens!.map(({ unread }) => unread)).toEqual([undefined, true, undefined]);
  });

  it('say how much of a cut text was read', async () => {
    const run = runOf('classification');
    const questions = [askText(run, words(20).join(' '), undefined, 8), askText(run, 'bake', undefined, 8)];
    const [long, short] = await answer(run, questions, 8);
    const of = tokenizer.encode(words(20).join(' '), undefined, 4096).inputIds.length;
    expect(long!.cut).toEqual({ read: 8, of });
    expect(short).not.toHaveProperty('cut');
  });
});

describe('predictions of hidden tokens', () => {
  /** A model that always predicts one token. */
  const filling = async (name: string, token: string) => {
    const own = await loadTokenizer(path.join(import.meta.dirname, '../golden/tokenizers', name));
    const id = Array.from({ length: own.vocabularySize }, (_, i) => i).find((i) => own.token(i) === token)!;
    const logits = async (examples: readonly { readonly inputIds: readonly number[] }[]) => {
      const length = Math.max(...examples.map(({ inputIds }) => inputIds.length));
      const data = new Float32Array(examples.length * length * own.vocabularySize);
      for (let at = id; at < data.length; at += own.vocabularySize) data[at] = 1;
      return { dtype: 'f32' as const, shape: [examples.length, length, own.vocabularySize], data };
    };
    const tuned = { task: 'masked-lm', labels: [] };
    return { task: findTask('masked-lm'), tuned, tokenizer: own, logits } as unknown as TunedRun;
  };
  const config = { data: { train: { text_pair: null }, max_length: 8 } } as unknown as Parameters<typeof askTyped>[1];

  it.each([
    ['wordpiece', 'bake', 'bake [MASK] dina', { text: '[MASK]', label: 'bake' }],
    ['bytelevel', 'ĠcafÃ©', 'bake <mask> dina', { text: '<mask>', label: 'café' }],
  ])("are named by the model's mask token and by their text: %s", async (name, token, text, expected) => {
    const run = await filling(name, token);
    const [prediction] = await answer(run, [askTyped(run, config, text, undefined)], 8);
    expect(prediction!.tokens).toEqual([expected]);
  });

  it.each([
    ['wordpiece', 'bake dina', 'the text must have the mask token [MASK], got none; write [MASK] in place of a word'],
    ['bytelevel', 'la [MASK]', 'the text must have the mask token <mask>, got none'],
    ['wordpiece', `${'bake '.repeat(9)}[MASK]`, 'the mask token [MASK], got none in the 8 tokens that are read;'],
  ])('need one in the text: %s, %s', async (name, text, message) => {
    const run = await filling(name, 'bake');
    expect(() => askTyped(run, config, text, undefined)).toThrow(message);
    const row = { file: 'a', line: 3, cells: { text } };
    expect(() => askRow(run, row, { text: 'text' }, 8)).toThrow(message);
    expect(() => askRow(run, row, { text: 'text' }, 8)).toThrow(/^a:3: the text must have .*, or set data.on_bad_row/);
  });
});
