import { describe, expect, it } from 'vitest';
import {
  type Chat,
  type ChatEvent,
  type ChatWriter,
  chatEvent,
  chatPageMessage,
} from '../../extension/contract/chat.ts';
import { chatAfter, emptyChat, isWriting } from '../../extension/view/chatAfter.ts';

const following = (...events: readonly ChatEvent[]): Chat => events.reduce(chatAfter, emptyChat);

const writer = (id: string, change: Partial<ChatWriter> = {}): ChatWriter => ({
  ...{ id, title: id, detail: 'tuned', state: 'ready', problem: null },
  facts: { forms: ['text'], examples: [] },
  ...change,
});
const written = { tokens: 3, promptTokens: 2, reason: 'end', seconds: 0.5 } as const;

describe('a chat', () => {
  const asked: readonly ChatEvent[] = [
    { type: 'writer', writer: writer('tuned', { state: 'opening' }) },
    { type: 'writer', writer: writer('base') },
    { type: 'writer', writer: writer('tuned') },
    { type: 'asked', prompt: 'The sea', writers: ['tuned', 'base'] },
  ];

  it('keeps what each model writes apart, until all have ended', () => {
    const half = following(
      ...asked,
      { type: 'read', writer: 'tuned', tokens: ['The', ' sea'] },
      { type: 'piece', writer: 'tuned', text: ' is' },
      { type: 'read', writer: 'base', tokens: ['The', ' sea'] },
      { type: 'piece', writer: 'base', text: ' and' },
      { type: 'piece', writer: 'tuned', text: ' blue' },
      { type: 'written', writer: 'tuned', written },
    );
    expect(half.writers.map(({ id, state }) => [id, state])).toEqual([
      ['tuned', 'ready'],
      ['base', 'ready'],
    ]);
    expect(half.turns[0]!.answers).toMatchObject({
      tuned: { state: 'done', text: ' is blue', read: ['The', ' sea'], written },
      base: { state: 'writing', text: ' and', written: null },
    });
    expect(isWriting(half)).toBe(true);
    const whole = chatAfter(half, { type: 'failed', writer: 'base', problem: 'the base is gone; put it back' });
    expect(whole.turns[0]!.answers.base).toMatchObject({
      state: 'failed',
      text: ' and',
      problem: 'the base is gone; put it back',
    });
    expect(isWriting(whole)).toBe(false);
  });

  it('knows of models that are asked no longer who they were, until it is cleared', () => {
    const events: readonly ChatEvent[] = [...asked, { type: 'writerGone', writer: 'base' }];
    const chat = following(...events);
    expect([chat.writers, chat.gone].map((writers) => writers.map(({ id }) => id))).toEqual([['tuned'], ['base']]);
    expect(following(...events, { type: 'cleared' }).gone).toEqual([]);
  });

  it('hears nothing of a model that was not asked, or after it was cleared', () => {
    const chat = following(...asked, { type: 'piece', writer: 'other', text: 'x' });
    expect(chat).toEqual(following(...asked));
    const cleared = following(...asked, { type: 'cleared' }, { type: 'piece', writer: 'tuned', text: 'x' });
    expect(cleared.turns).toEqual([]);
    expect(isWriting(cleared)).toBe(false);
  });

  it('leaves earlier turns as they were', () => {
    const first = following(
      ...asked,
      { type: 'written', writer: 'tuned', written },
      { type: 'written', writer: 'base', written },
    );
    const second = [
      { type: 'asked', prompt: 'And then', writers: ['tuned'] },
      { type: 'piece', writer: 'tuned', text: 'now' },
    ] satisfies readonly ChatEvent[];
    const chat = second.reduce<Chat>(chatAfter, first);
    expect(chat.turns[0]).toBe(first.turns[0]);
    expect(chat.turns[1]!.answers).toEqual({ tuned: expect.objectContaining({ text: 'now' }) });
  });

  it('is told whole to a page that begins', () => {
    const chat = following(...asked);
    expect(chatAfter(emptyChat, chatEvent.parse(JSON.parse(JSON.stringify({ type: 'chat', chat }))))).toEqual(chat);
  });
});

describe('what the page of a chat asks for', () => {
  const settings = { maxTokens: 8, temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 0 };

  it.each([
    ['temperature', -1],
    ['topP', 0],
    ['topP', 1.1],
    ['maxTokens', 0],
    ['maxTokens', 1.5],
    ['repetitionPenalty', 0],
    ['seed', Number.NaN],
  ])('is refused with %s %s', (name, value) => {
    const ask = { type: 'ask', prompt: 'x', form: null, settings };
    expect(chatPageMessage.safeParse(ask).success).toBe(true);
    expect(chatPageMessage.safeParse({ ...ask, settings: { ...settings, [name]: value } }).success).toBe(false);
  });
});
