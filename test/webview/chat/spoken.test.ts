import { expect, it } from 'vitest';
import type { ChatAnswer } from '../../../extension/contract/chat.ts';
import { spokenSentences } from '../../../webview/chat/spoken.ts';

const spoken = (text: string, state: ChatAnswer['state'], problem: string | null = null): readonly string[] =>
  spokenSentences({
    writers: [{ id: 'a', title: 'tuned', detail: '', state: 'ready', facts: null, problem: null }],
    turns: [{ prompt: 'x', answers: { a: { state, text, read: [], written: null, problem } } }],
  });

it('says a sentence when it is whole, the last one at the end, and none twice', () => {
  expect(spoken('The sea is blue', 'writing')).toEqual([]);
  expect(spoken('The sea is blue. It', 'writing')).toEqual(['tuned: The sea is blue.']);
  expect(spoken('The sea is blue. It costs 3.5 euros\nNext', 'writing')).toEqual([
    'tuned: The sea is blue.',
    'It costs 3.5 euros',
  ]);
  expect(spoken('The sea is blue. It', 'done')).toEqual(['tuned: The sea is blue.', 'It']);
  expect(spoken('', 'failed', 'the base is gone')).toEqual(['tuned: the base is gone']);
});
