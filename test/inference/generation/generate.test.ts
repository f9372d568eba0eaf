import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type GenerationInput, generate } from '../../../extension/inference/generation/generate.ts';
import { greedy } from '../../../extension/inference/generation/sampling.ts';
import {
  TextGenerator,
  type WritingOptions,
  type WritingRow,
} from '../../../extension/inference/generation/textGenerator.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { writingModel } from '../../support/writingModel.ts';

const usual: WritingOptions = { ...greedy, maxTokens: 12, stops: [] };

async function ask(model: string, input: GenerationInput, options: Partial<WritingOptions> = {}, batch = 2) {
  const pieces: string[] = [];
  const result = await generate(
    {
      writers: [{ kind: 'model', model }],
      input,
      options: { ...usual, ...options },
      batch,
      threads: 1,
      onText: (_, piece) => pieces.push(piece),
    },
    () => {},
  );
  return { ...result, pieces };
}

const prompt = (text: string) => ({ kind: 'prompt', prompt: text }) as const;

describe('a prompt', () => {
  it('is written on piece by piece, up to so many tokens', async () => {
    const { written, pieces } = await ask(writingModel(), prompt('Hello'));
    expect(written).toEqual([
      { text: pieces.join(''), tokens: 12, promptTokens: 5, reason: 'length', seconds: expect.any(Number) },
    ]);
    expect(pieces.length).toBeGreaterThan(6);
  });

  it('is written on up to a stop text, which is not shown', async () => {
    const model = writingModel();
    const [whole] = (await ask(model, prompt('Hello'))).written;
    const stop = whole!.text.slice(4, 7);
    const { written, pieces } = await ask(model, prompt('Hello'), { stops: ['no such text', stop] });
    expect(written[0]).toMatchObject({ text: whole!.text.slice(0, whole!.text.indexOf(stop)), reason: 'stop' });
    expect(pieces.join('')).toBe(written[0]!.text);
  });

  it('is written on until the model ends the text, or has no room left', async () => {
    const model = writingModel();
    // At a high temperature every token comes, that of the end too.
    const drawn = await ask(model, prompt('ab'), { temperature: 50, maxTokens: 1000, seed: 4 });
    expect(drawn.written[0]!.reason).toBe('end');
    expect((await ask(model, prompt('ab'), { maxTokens: 1000 })).written[0]).toMatchObject({
      tokens: 30,
      reason: 'length',
    });
  });

  it('is refused where it is empty or leaves no room, with what to do', async () => {
    const model = writingModel();
    await expect(ask(model, prompt(''))).rejects.toThrow(
      'the prompt must have 1 … 31 tokens for this model, got 0; write more',
    );
    await expect(ask(model, prompt('a'.repeat(40)))).rejects.toThrow('got 40; shorten it');
  });
});

describe('a conversation', () => {
  const chatTemplate = '{% for m in messages %}{{ m.content }}.{% endfor %}{% if add_generation_prompt %}A{% endif %}';
  const written = (text: string) => {
    const name = path.join(temporaryFolder(), 'chat.json');
    writeFileSync(name, text);
    return { kind: 'messages', file: name } as const;
  };
  const file = (value: unknown) => written(JSON.stringify(value));

  it("is written as the model's template has it", async () => {
    const model = writingModel({ chatTemplate });
    const messages = [{ role: 'user', content: 'Hi' }];
    const [plain] = (await ask(model, prompt('Hi.A'))).written;
    for (const input of [file(messages), file({ messages }), written(`\uFEFF${JSON.stringify(messages)}`)]) {
      expect((await ask(model, input)).written[0]).toMatchObject({ text: plain!.text, promptTokens: 4 });
    }
  });

  it('ends with what the template writes behind an answer, as runs learn it, where a plain prompt does not', async () => {
    const { text } = (await ask(writingModel(), prompt('Hi.A'))).written[0]!;
    const mark = /[^HiA.]/.exec(text.slice(text.lastIndexOf(text[0]!) + 1))![0];
    const ended = chatTemplate.replace('.{%', `{{ '${mark}' if m.role == 'assistant' else '.' }}{%`);
    const model = writingModel({ chatTemplate: ended, special: mark });
    const answered = (await ask(model, file([{ role: 'user', content: 'Hi' }]))).written[0];
    const tokens = text.indexOf(mark);
    expect(answered).toMatchObject({ text: text.slice(0, tokens), tokens, promptTokens: 4, reason: 'end' });
    const plain = (await ask(model, prompt('Hi.A'))).written[0];
    expect(plain).toMatchObject({ text: text.replaceAll(mark, ''), tokens: 12, reason: 'length' });
  });

  it('is refused where it is none, or the model has no template', async () => {
    await expect(ask(writingModel({ chatTemplate }), file([{ text: 'a' }]))).rejects.toThrow(
      /chat\.json: must be a list of messages, got \[\{"text":"a"\}\]; write it like/,
    );
    await expect(ask(writingModel({ chatTemplate }), written("[{'role'"))).rejects.toThrow(
      /chat\.json: must be JSON, got .*; write it like \[\{"role": "user", "content": "Hello"\}\]$/,
    );
    await expect(ask(writingModel(), file([{ role: 'user', content: 'a' }]))).rejects.toThrow(
      'messages: conversations need a model with a chat template, got one without; choose a model that was tuned to answer, or write prompts as plain text',
    );
  });
});

describe('a file', () => {
  const rows = ['Hello', 'a b', 'The quick fox', 'xyz', 'Q'];
  const file = (lines: readonly object[], column = 'prompt') => {
    const folder = temporaryFolder();
    const name = path.join(folder, 'in.jsonl');
    writeFileSync(name, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return { kind: 'file', file: name, out: path.join(folder, 'out.jsonl'), column } as const;
  };
  const linesOf = (out: string) =>
    readFileSync(out, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('has a line for each row, in order, with what each would be written on alone', async () => {
    const model = writingModel();
    const input = file(rows.map((text) => ({ prompt: text })));
    expect(await ask(model, input, {}, 3)).toMatchObject({ written: [], rows: 5, pieces: [] });
    const found = linesOf(input.out);
    expect(found.map(({ line, prompt }) => [line, prompt])).toEqual(rows.map((text, i) => [i + 1, text]));
    for (const [i, text] of rows.entries()) {
      const { seconds: _, ...alone } = (await ask(model, prompt(text))).written[0]!;
      expect(found[i]).toMatchObject(alone);
    }
  });

  it('ends at a row without a prompt, with a cure that whoever asks can follow', async () => {
    const input = file([{ prompt: 'Hello' }, { prompt: '' }]);
    await expect(ask(writingModel(), input)).rejects.toThrow(/in\.jsonl:2: .*; fill it in$/);
  });

  it('is written on as a whole, the longest prompts first, so that each place is taken again', async () => {
    const write = vi.spyOn(TextGenerator.prototype, 'write');
    try {
      const input = file(Array.from({ length: 40 }, (_, i) => ({ prompt: 'a'.repeat(1 + (i % 7)) })));
      await ask(writingModel(), input, { maxTokens: 1 }, 40);
      expect(write).toHaveBeenCalledTimes(1);
      const [asked, , batch] = write.mock.calls[0]!;
      const lengths = [...(asked as Iterable<WritingRow>)].map(({ prompt }) => prompt.length);
      expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
      expect(batch).toBe(40);
      expect(linesOf(input.out).map(({ line }) => line)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    } finally {
      write.mockRestore();
    }
  });

  it('names the row that has no prompt, and leaves no file', async () => {
    const input = file([{ prompt: 'Hello' }, { text: 'Hello' }]);
    await expect(ask(writingModel(), input)).rejects.toThrow(
      /in\.jsonl:2: the column `prompt` is missing \(found: text\)/,
    );
    expect(() => readFileSync(input.out)).toThrow('ENOENT');
  });
});

it('refuses a model that writes no text', async () => {
  await expect(ask(path.resolve('test/golden/models/bert-sequence'), prompt('a'))).rejects.toThrow(
    /bert-sequence: must be a model that writes text, got BERT/,
  );
});
