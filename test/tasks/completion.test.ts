import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TextTokenizer } from '../../extension/data/tokenizer/tokenizer.ts';
import { parseTokenizer } from '../../extension/data/tokenizer/tokenizerFiles.ts';
import { ignoredLabel } from '../../extension/graph/ops.ts';
import { completion } from '../../extension/tasks/completion.ts';
import type { Columns } from '../../extension/tasks/rows/row.ts';
import golden from '../golden/chat/cases.json' with { type: 'json' };

const { tokenizers } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../golden/tokenizers/decoders.json'), 'utf8'),
) as { readonly tokenizers: Readonly<Record<string, { readonly definition: object }>> };
const tokenizerWith = (name: string, source?: string, eos?: string): TextTokenizer =>
  new TextTokenizer({
    file: 'tokenizer.json',
    definition: parseTokenizer('tokenizer.json', tokenizers[name]!.definition),
    config: eos === undefined ? {} : { eos_token: eos },
    stopTokenIds: [],
    chatTemplate: source === undefined ? undefined : { file: 'chat_template.jinja', source },
  });
const [chat, plain] = [
  tokenizerWith('qwen2', golden.templates.chatml, '<|im_end|>'),
  tokenizerWith('qwen2', undefined, '<|im_end|>'),
];

const prompts: Columns = { prompt: 'p', completion: 'c' };
const encoded = (cells: object, columns: Columns, tokenizer = chat, maxLength = 512) =>
  completion.encode({ file: 'a.jsonl', line: 4, cells: { ...cells } }, columns, tokenizer, { labels: [], maxLength });
const texts = (row: ReturnType<typeof encoded>, tokenizer = chat) => [
  tokenizer.decode(row.inputIds),
  tokenizer.decode(row.target.filter((id) => id !== ignoredLabel)),
];

describe('rows of the task completion', () => {
  const cells = {
    p: 'Why?',
    i: 'So?',
    c: 'Because.',
    m: [
      { from: 'human', value: 'Hi' },
      { from: 'gpt', value: 'Yo' },
    ],
  };
  const turns = '<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\nBecause.<|im_end|>\n';

  it.each([
    ['stand as they are', prompts, chat, 'Why? Because.<|im_end|>', ' Because.<|im_end|>'],
    ['are turns where that is asked for', { ...prompts, turns: 'always' }, chat, turns, 'Because.<|im_end|>'],
    ['are turns where the model has a template', { ...prompts, turns: 'possible' }, chat, turns, 'Because.<|im_end|>'],
    [
      'stand as they are where it has none',
      { ...prompts, turns: 'possible' },
      plain,
      'Why? Because.<|im_end|>',
      ' Because.<|im_end|>',
    ],
    [
      'have more of the prompt in a column',
      { ...prompts, input: 'i' },
      plain,
      'Why?\n\nSo? Because.<|im_end|>',
      ' Because.<|im_end|>',
    ],
    [
      'have nothing more where that is missing',
      { ...prompts, input: 'x' },
      plain,
      'Why? Because.<|im_end|>',
      ' Because.<|im_end|>',
    ],
    [
      'are conversations',
      { messages: 'm' },
      chat,
      '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYo<|im_end|>\n',
      'Yo<|im_end|>',
    ],
  ] as const)('%s', (_, columns, tokenizer, whole, learned) => {
    expect(texts(encoded(cells, columns, tokenizer), tokenizer)).toEqual([whole, learned]);
  });

  it('say what is lost of what is to be learned, and that a template writes the date', () => {
    const whole = encoded(cells, { messages: 'm' });
    expect(whole).not.toHaveProperty('cutTargets');
    const cut = encoded(cells, { messages: 'm' }, chat, whole.inputIds.length - 2);
    expect(cut).toMatchObject({ cutTargets: 1, fullLength: whole.inputIds.length });
    expect(whole).not.toHaveProperty('isDated');
    const dated = tokenizerWith('qwen2', `{{ strftime_now('%Y') }}${golden.templates.chatml}`);
    expect(encoded(cells, { messages: 'm' }, dated)).toMatchObject({ isDated: true });
  });

  describe.each(Object.keys(tokenizers))('of a model with the tokenizer of %s', (name) => {
    const tokenizer = tokenizerWith(name);
    const rows = ['The cat', 'Q: why?\nA:', 'Q: why?\nA: ', 'sum:\n', '1 + 1 =\t', 'a  b'].flatMap((p) =>
      ['sat', ' sat', '2', 'Because of it.', '\nsat', '\n\nsat', '  sat', '東京', '- one\n- two'].map((c) => ({
        p,
        c,
      })),
    );

    it('stand behind their prompts as in one text, and no space is added that neither has', () => {
      for (const { p, c } of rows) {
        const { inputIds, target } = encoded({ p, c }, prompts, tokenizer);
        const text = /\s$/.test(p) || /^\s/.test(c) ? `${p}${c}` : `${p} ${c}`;
        const [prompt, whole] = [tokenizer.ids(p), tokenizer.ids(text)];
        const written = target.filter((id) => id !== ignoredLabel);
        expect(tokenizer.decode(inputIds, { skipsSpecial: true }), text).toBe(tokenizer.decode(whole));
        if (prompt.every((id, i) => id === whole[i])) expect(written, text).toEqual(whole.slice(prompt.length));
      }
    });
  });

  it('refuse conversations where the model has no chat template', () => {
    expect(() => encoded(cells, { messages: 'm' }, plain)).toThrow(
      'a.jsonl: conversations need a model with a chat template, got one without; choose a model that was tuned to answer, or write prompts as plain text',
    );
  });
});
