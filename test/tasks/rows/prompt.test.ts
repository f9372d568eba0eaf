import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TextTokenizer } from '../../../extension/data/tokenizer/tokenizer.ts';
import { parseTokenizer } from '../../../extension/data/tokenizer/tokenizerFiles.ts';
import { ignoredLabel } from '../../../extension/graph/ops.ts';
import { completion } from '../../../extension/tasks/completion.ts';
import { asTrained, promptIds, rowPrompt, rowQuestion } from '../../../extension/tasks/rows/prompt.ts';
import type { Columns, Row } from '../../../extension/tasks/rows/row.ts';
import golden from '../../golden/chat/cases.json' with { type: 'json' };

const { tokenizers } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../golden/tokenizers/decoders.json'), 'utf8'),
) as { readonly tokenizers: Readonly<Record<string, { readonly definition: object }>> };
const tokenizerOf = (source: string | undefined, name = 'qwen2', eos = '<|im_end|>'): TextTokenizer =>
  new TextTokenizer({
    file: 'tokenizer.json',
    definition: parseTokenizer('tokenizer.json', tokenizers[name]!.definition),
    config: { eos_token: eos },
    stopTokenIds: [],
    chatTemplate: source === undefined ? undefined : { file: 'chat_template.jinja', source },
  });
const [chat, plain] = [tokenizerOf(golden.templates.chatml), tokenizerOf(undefined)];

const row = (cells: object): Row => ({ file: 'a.jsonl', line: 4, cells: { ...cells } });
const user = (content: string) => ({ role: 'user', content });
const said = (content: string) => ({ role: 'assistant', content });

/** The tokens of a row before those of its last answer, as training has them. */
function contextOf(cells: object, columns: Columns, tokenizer: TextTokenizer): readonly number[] {
  const { inputIds, target } = completion.encode(row(cells), columns, tokenizer, { labels: [], maxLength: 512 });
  const last = target.findLastIndex((label) => label !== ignoredLabel);
  const before = target.findLastIndex((label, i) => i < last && label === ignoredLabel);
  return [...inputIds.slice(0, before + 1)];
}

describe('a prompt has the tokens that training puts before the answer', () => {
  const columns: Columns = { prompt: 'p', completion: 'c', input: 'i' };
  const cells = { p: 'Why is it so?', c: 'Because of that.' };
  const turns = [user('Hi'), said('Yo'), user('Why?'), said('So it is.')];
  const system = [{ role: 'system', content: 'Be brief.' }, user('Who?'), said('I.')];
  const shareGpt = [
    { from: 'human', value: 'Hi there' },
    { from: 'gpt', value: 'Yo' },
  ];

  it.each<[string, object, Columns, TextTokenizer]>([
    ['as it stands', cells, columns, chat],
    ['as it stands, with white space at its end', { ...cells, p: 'Why?\n' }, columns, chat],
    ['as it stands, ending with the end of a text', { ...cells, p: 'Why?<|im_end|>' }, columns, chat],
    ['as it stands, with an input', { ...cells, i: 'Say it.' }, columns, chat],
    ['as it stands where a model has no template', cells, { ...columns, turns: 'possible' }, plain],
    ['as a turn where a model has one', { ...cells, i: 'Say it.' }, { ...columns, turns: 'possible' }, chat],
    ['as a turn always', cells, { ...columns, turns: 'always' }, chat],
    ['of a conversation', { m: turns }, { messages: 'm' }, chat],
    ['of a conversation in a cell of text', { m: JSON.stringify(turns) }, { messages: 'm' }, chat],
    ['of a conversation with a system', { m: system }, { messages: 'm' }, tokenizerOf(golden.templates['qwen2.5'])],
    ["of ShareGPT's turns", { m: shareGpt }, { messages: 'm' }, tokenizerOf(golden.templates.smollm2)],
    ['of marks that are no tokens', { m: turns }, { messages: 'm' }, tokenizerOf(golden.templates.plain)],
    ['behind thoughts', { m: turns.slice(2) }, { messages: 'm' }, tokenizerOf(golden.templates.qwen3)],
  ])('%s', (_, cells, columns, tokenizer) => {
    const whole = row(cells);
    const prompt = rowPrompt(whole, columns, tokenizer);
    const ids = promptIds(whole, prompt, tokenizer);
    expect(ids).toEqual(contextOf(cells, columns, tokenizer));
    expect(ids.length).toBeGreaterThan(1);
    expect(rowQuestion(whole, columns, tokenizer).prompt).toEqual(prompt);

    // A row that is still to be answered.
    const { c: _answer, ...open } = cells as { readonly c?: string };
    expect(rowPrompt(row(open), columns, tokenizer)).toEqual(prompt);
    if (typeof prompt !== 'string') expect(rowPrompt(row({ m: prompt }), { messages: 'm' }, tokenizer)).toEqual(prompt);
  });
});

describe('a typed prompt', () => {
  it('becomes the question of a conversation where the rows are conversations', () => {
    const always: Columns = { prompt: 'p', completion: 'c', turns: 'always' };
    for (const columns of [{ messages: 'm' }, always]) expect(asTrained('Hi', columns, plain)).toEqual([user('Hi')]);
    const possible: Columns = { ...always, turns: 'possible' };
    expect([chat, plain].map((tokenizer) => asTrained('Hi', possible, tokenizer))).toEqual([[user('Hi')], 'Hi']);
  });

  it('stands as it is for other rows and models, whose conversations are written by the template', () => {
    for (const columns of [{}, { text: 't' }]) {
      expect(asTrained('Hi', columns, chat)).toBe('Hi');
      expect(asTrained([user('Hi')], columns, chat)).toEqual([user('Hi')]);
    }
  });

  it('is the text of one question where prompts are read as they stand, which no longer conversation is', () => {
    const columns: Columns = { prompt: 'p', completion: 'c' };
    expect(asTrained([user('Hi')], columns, chat)).toBe('Hi');
    expect(() => asTrained([user('Hi'), said('Yo'), user('Why?')], columns, chat)).toThrow(
      'messages: a model trained on prompts as they stand needs one question of a user, got 3 turns; write all of it as one prompt',
    );
  });
});

describe('the right answer', () => {
  it('is the last turn of the assistant, whatever follows it', () => {
    const turns = [user('Hi'), said('Yo'), user('Why?'), said('So.'), user('Thanks')];
    expect(rowQuestion(row({ m: turns }), { messages: 'm' }, chat)).toEqual({
      prompt: turns.slice(0, 3),
      answer: 'So.',
    });
    expect(rowPrompt(row({ m: turns }), { messages: 'm' }, chat)).toEqual(turns);
  });

  it("is the last one that training learns: OpenAI's weight 0 marks what is only read", () => {
    const of = (last: object) =>
      rowQuestion(row({ m: [user('Hi'), said('Yo'), user('Why?'), last] }), { messages: 'm' }, chat);
    expect(of({ ...said('WRONG'), weight: 0 })).toEqual({ prompt: [user('Hi')], answer: 'Yo' });
    expect(of({ ...said('So.'), weight: 1 }).answer).toBe('So.');
    expect(() => of(said(''))).toThrow('a.jsonl:4: turn 4 of the assistant must not be empty; fill it in');
    const none = [user('Hi'), { ...said('No'), weight: 0 }];
    expect(() => rowQuestion(row({ m: none }), { messages: 'm' }, chat)).toThrow(
      'got only those of weight 0; remove the row',
    );
  });

  it('is missed with the place of the row', () => {
    const rule = 'a.jsonl:4: a conversation must have a question and an answer of the assistant in text';
    for (const m of [[user('Hi')], [said('Yo')], [user('Hi'), { role: 'assistant', content: null }]]) {
      expect(() => rowQuestion(row({ m }), { messages: 'm' }, chat)).toThrow(rule);
    }
    expect(() => rowPrompt(row({ m: [said('Yo')] }), { messages: 'm' }, chat)).toThrow('got an answer alone');
  });
});

it('names the place of a conversation that a template refuses, and how to skip a row', () => {
  const gemma = tokenizerOf(golden.templates.gemma);
  const turns = [{ role: 'system', content: 'Be brief.' }, user('Hi')];
  expect(() => promptIds(row({}), turns, gemma)).toThrow(
    /^a\.jsonl:4: the chat template must allow the conversation, got its refusal .* or set data\.on_bad_row: skip$/,
  );
  expect(() => promptIds({ file: 'messages' }, turns, gemma)).toThrow(
    /^messages: the chat .* change the conversation$/,
  );
});
