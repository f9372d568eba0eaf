import { describe, expect, it } from 'vitest';
import { conversationCell } from '../../../extension/tasks/rows/conversation.ts';

const turns = (value: unknown) => conversationCell({ file: 'a.jsonl', line: 2, cells: { m: value } }, 'm');

describe('conversations', () => {
  it('are lists of role and content, whatever else a turn has', () => {
    const messages = [
      { role: 'user', content: 'a', name: 'x' },
      { role: 'assistant', content: 'b' },
    ];
    expect(turns(messages)).toEqual(messages);
    expect(turns(JSON.stringify(messages))).toEqual(messages);
  });

  it("are lists of ShareGPT's from and value, whose speakers get their usual names", () => {
    const said = ['system', 'human', 'gpt', 'observation', 'user', 'assistant'].map((from) => ({ from, value: 'x' }));
    expect(turns(said).map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool', 'user', 'assistant']);
    expect(turns(said)[1]).toEqual({ role: 'user', content: 'x' });
  });

  it.each([
    [[], 'a.jsonl:2: `m` must be a list of turns, got []'],
    ['hello', '`m` must be a list of turns, got "hello"'],
    [{ role: 'user' }, '`m` must be a list of turns, got {"role":"user"}'],
    [
      [{ role: 'user', content: 'a' }, { content: 'b' }],
      'turn 2 of `m` must have a role and content, got {"content":"b"}',
    ],
    [[null], 'turn 1 of `m` must have a role and content, got null'],
    [null, '`m` must have a value, got null'],
  ])('are not %j', (value, message) => {
    expect(() => turns(value)).toThrow(message);
  });
});
