import { describe, expect, it } from 'vitest';
import { conversationCell, messagesIn } from '../../../extension/tasks/rows/conversation.ts';

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

  it('are read where a content is one part of text', () => {
    const part = [{ type: 'text', text: 'a' }];
    expect(turns([{ role: 'user', content: part }])).toEqual([{ role: 'user', content: 'a' }]);
    expect(turns([{ from: 'human', value: part }])).toEqual([{ role: 'user', content: 'a' }]);
    expect(messagesIn([{ role: 'user', content: part }])).toEqual([{ role: 'user', content: 'a' }]);
  });

  it('may have turns that say nothing but call a tool', () => {
    const calls = [{ role: 'assistant', content: null, tool_calls: [{ name: 'f' }] }, { role: 'tool' }];
    expect(turns(calls)).toEqual(calls);
  });

  it.each([
    [
      [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    ],
    [[{ type: 'image', url: 'a' }]],
    [['a']],
    [{ type: 'text', text: 'a' }],
    [42],
    [true],
  ])('must have text as content, not %j', (content) => {
    const got = `must have text as its content, got ${JSON.stringify(content)}; write it as one text, or set`;
    const ok = { role: 'user', content: 'a' };
    expect(() => turns([ok, { role: 'assistant', content }])).toThrow(`turn 2 of \`m\` ${got}`);
    expect(() => turns([{ from: 'human', value: content }])).toThrow(`turn 1 of \`m\` ${got}`);
    expect(messagesIn([ok, { role: 'assistant', content }])).toBeUndefined();
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
