import type { Chat, ChatAnswer, ChatEvent, ChatTurn } from '../contract/chat.ts';

export const emptyChat: Chat = { writers: [], gone: [], turns: [], hasBase: true };

/** Whether somebody still writes, or is about to. */
export const isWriting = ({ turns }: Chat): boolean =>
  Object.values(turns.at(-1)?.answers ?? {}).some(({ state }) => state === 'waiting' || state === 'writing');

const unanswered: ChatAnswer = { state: 'waiting', text: '', read: [], written: null, problem: null };

/** A chat after something happened in it. */
export function chatAfter(chat: Chat, event: ChatEvent): Chat {
  switch (event.type) {
    case 'chat':
      return event.chat;
    case 'base':
      return { ...chat, hasBase: event.isOn };
    case 'writer': {
      const { writer } = event;
      const isThere = chat.writers.some(({ id }) => id === writer.id);
      return {
        ...chat,
        writers: isThere
          ? chat.writers.map((each) => (each.id === writer.id ? writer : each))
          : [...chat.writers, writer],
      };
    }
    case 'writerGone':
      return {
        ...chat,
        writers: chat.writers.filter(({ id }) => id !== event.writer),
        gone: [...chat.writers.filter(({ id }) => id === event.writer), ...chat.gone],
      };
    case 'asked': {
      const answers = Object.fromEntries(event.writers.map((id) => [id, unanswered]));
      return { ...chat, turns: [...chat.turns, { prompt: event.prompt, answers }] };
    }
    case 'read':
      return withAnswer(chat, event.writer, () => ({ read: event.tokens, state: 'writing' }));
    case 'piece':
      return withAnswer(chat, event.writer, ({ text }) => ({ text: text + event.text }));
    case 'written':
      return withAnswer(chat, event.writer, () => ({ state: 'done', written: event.written }));
    case 'failed':
      return withAnswer(chat, event.writer, () => ({ state: 'failed', problem: event.problem }));
    case 'cleared':
      return { ...chat, gone: [], turns: [] };
  }
}

/** Of a chat that was cleared meanwhile there is nothing to change. */
function withAnswer(chat: Chat, writer: string, change: (answer: ChatAnswer) => Partial<ChatAnswer>): Chat {
  const last = chat.turns.at(-1);
  const answer = last?.answers[writer];
  if (last === undefined || answer === undefined) return chat;
  const turn: ChatTurn = { ...last, answers: { ...last.answers, [writer]: { ...answer, ...change(answer) } } };
  return { ...chat, turns: [...chat.turns.slice(0, -1), turn] };
}
