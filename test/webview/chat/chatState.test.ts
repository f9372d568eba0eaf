import { describe, expect, it } from 'vitest';
import { emptyChat } from '../../../extension/view/chatAfter.ts';
import {
  askMessage,
  type ChatPage,
  type ChatPageEvent,
  initialPage,
  isConversation,
  isRecalled,
  pageAfter,
  settingProblem,
  settingsText,
} from '../../../webview/chat/chatState.ts';

const opened = (forms: readonly ('text' | 'conversation')[] = ['text']): ChatPage =>
  pageAfter(initialPage(), {
    type: 'chat',
    chat: {
      ...emptyChat,
      writers: [
        {
          ...{ id: 'tuned', title: 'ln-tuning', detail: 'tuned', state: 'ready', problem: null },
          facts: { forms: [...forms], examples: ['first', 'second'] },
        },
      ],
    },
  });
const following = (page: ChatPage, ...events: readonly ChatPageEvent[]): ChatPage => events.reduce(pageAfter, page);
const send = (page: ChatPage, text: string): ChatPage => following(page, { type: 'draft', text }, { type: 'sent' });

describe('the page of a chat', () => {
  it('sends what was typed, with the settings as numbers, greedy at first', () => {
    const page = following(opened(), { type: 'draft', text: 'The sea' });
    expect(askMessage(page)).toEqual({
      ...{ type: 'ask', prompt: 'The sea', form: null },
      settings: { maxTokens: 128, temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 0 },
    });
    expect(settingsText(page)).toBe('greedy, up to 128 tokens');
    expect(askMessage(following(page, { type: 'draft', text: ' \n' }))).toBeUndefined();
  });

  it('sends nothing while a setting is wrong, and says what it must be', () => {
    const typed = following(opened(), { type: 'draft', text: 'x' }, { type: 'setting', name: 'topP', text: '1.5' });
    expect(settingProblem(typed, 'topP')).toBe('must be a number above 0 to 1, got 1.5');
    expect(settingProblem(typed, 'seed')).toBeUndefined();
    expect(askMessage(typed)).toBeUndefined();
    const empty = following(
      typed,
      { type: 'setting', name: 'topP', text: '0.9' },
      { type: 'setting', name: 'seed', text: ' ' },
    );
    expect(settingProblem(empty, 'seed')).toBe('must be a whole number from 0, got nothing');
  });

  it('says in words how tokens are drawn', () => {
    const page = following(
      opened(),
      { type: 'setting', name: 'temperature', text: '0.8' },
      { type: 'setting', name: 'topK', text: '40' },
      { type: 'setting', name: 'seed', text: '3' },
      { type: 'setting', name: 'maxTokens', text: '16' },
    );
    expect(settingsText(page)).toBe('temperature 0.8, top k 40, seed 3, up to 16 tokens');
  });

  it('sends nothing while somebody writes', () => {
    const asked = pageAfter(following(opened(), { type: 'draft', text: 'x' }), {
      ...{ type: 'asked', prompt: 'y', writers: ['tuned'] },
    });
    expect(askMessage(asked)).toBeUndefined();
    const written = { tokens: 1, promptTokens: 1, reason: 'end', seconds: 1 } as const;
    expect(askMessage(pageAfter(asked, { type: 'written', writer: 'tuned', written }))).toBeDefined();
  });

  it('brings back earlier prompts and then what was being typed', () => {
    const page = following(send(send(send(opened(), 'one'), 'two'), 'one'), { type: 'draft', text: 'half' });
    let shown = page;
    const drafts = ([-1, -1, -1, 1, 1, 1] as const).map((by) => {
      shown = pageAfter(shown, { type: 'recall', by });
      return shown.choices.draft;
    });
    // A prompt that was sent again stands once, where it was sent last.
    expect(drafts).toEqual(['one', 'two', 'two', 'one', 'half', 'half']);
  });

  it('keeps what was being typed when a prompt that was brought back is changed', () => {
    let shown = following(send(send(opened(), 'one'), 'two'), { type: 'draft', text: 'half' });
    const drafts = ([-1, 'two again', -1, 1, 1, -1] as const).map((act) => {
      shown = pageAfter(shown, typeof act === 'string' ? { type: 'draft', text: act } : { type: 'recall', by: act });
      return `${shown.choices.draft}${isRecalled(shown) ? ' as sent' : ''}`;
    });
    expect(drafts).toEqual(['two as sent', 'two again', 'one as sent', 'two again', 'half', 'two again']);
    expect(askMessage(shown)).toMatchObject({ prompt: 'two again' });
    const sent = following(shown, { type: 'sent' }, { type: 'recall', by: -1 }, { type: 'recall', by: -1 });
    expect(sent.choices).toMatchObject({ draft: 'two', history: ['one', 'two', 'two again'] });
  });

  it('gives one example after another', () => {
    const pages = [1, 2, 3].map((times) =>
      following(opened(), ...Array<ChatPageEvent>(times).fill({ type: 'example' })),
    );
    expect(pages.map(({ choices }) => choices.draft)).toEqual(['first', 'second', 'first']);
  });

  it('keeps what was being written where an example takes its place, one step back', () => {
    const written = following(opened(), { type: 'draft', text: 'my own' }, { type: 'example' }, { type: 'example' });
    expect(written.choices).toMatchObject({ draft: 'second', history: ['my own'] });
    expect(following(written, { type: 'recall', by: -1 }).choices.draft).toBe('my own');
  });

  it('holds a conversation where the model was trained so, or is asked so', () => {
    expect(isConversation(opened())).toBe(false);
    expect(isConversation(opened(['conversation']))).toBe(true);
    const both = opened(['text', 'conversation']);
    expect(isConversation(both)).toBe(false);
    expect(isConversation(following(both, { type: 'form', form: 'conversation' }))).toBe(true);
  });
});
