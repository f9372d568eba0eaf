import { describe, expect, it } from 'vitest';
import { recogniseColumns } from '../../../extension/config/resolved/recognisedColumns.ts';
import type { ResolvedSplit } from '../../../extension/config/resolved/resolve.ts';

const split = {
  prompt: 'prompt',
  completion: 'completion',
  input: null,
  messages: null,
  chat_template: 'auto',
} as Partial<ResolvedSplit> as ResolvedSplit;
const recognised = (columns: readonly string[], own: Partial<ResolvedSplit> = {}) =>
  recogniseColumns({ ...split, ...own }, columns);

describe('columns of conversations', () => {
  it.each(['messages', 'conversations', 'conversation'])('are recognised by the name %s', (name) => {
    const { split, what } = recognised(['id', name]);
    expect(split).toMatchObject({ prompt: null, completion: null, messages: name });
    expect(what).toBe(`conversations in the column ${name}`);
  });

  it("are Alpaca's three, with or without the second", () => {
    const three = recognised(['instruction', 'input', 'output']);
    expect(three.split).toMatchObject({ prompt: 'instruction', input: 'input', completion: 'output' });
    expect(three.what).toBe(
      'instructions in the columns instruction, input and output, as a conversation where the model has a chat template',
    );
    const two = recognised(['instruction', 'output'], { chat_template: 'never' });
    expect(two.split).toMatchObject({ prompt: 'instruction', input: null, completion: 'output' });
    expect(two.what).toBe('instructions in the columns instruction and output, as they stand');
  });

  it.each([
    ['prompts are there', ['prompt', 'completion', 'messages'], {}],
    ['a config names others', ['messages', 'q', 'a'], { prompt: 'q', completion: 'a' }],
    ['a config names conversations', ['messages', 'chat'], { prompt: null, completion: null, messages: 'chat' }],
    ['nothing fits', ['instruction', 'answer'], {}],
  ])('stay as they are where %s', (_, columns, own) => {
    expect(recognised(columns, own)).toEqual({ split: { ...split, ...own } });
  });
});
