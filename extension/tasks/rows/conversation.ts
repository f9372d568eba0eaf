import { showJson } from '../../problems/showValue.ts';
import type { Message } from './chat.ts';
import { badRow } from './dataError.ts';
import { present, type Row } from './row.ts';

/** What ShareGPT's files call who speaks; other names stand as they are. */
const speakers: Readonly<Record<string, string>> = {
  human: 'user',
  gpt: 'assistant',
  chatgpt: 'assistant',
  bing: 'assistant',
  bard: 'assistant',
  model: 'assistant',
  observation: 'tool',
  function_call: 'assistant',
};

const cure = 'write {"role": "user", "content": "…"} for each turn';

/**
 * The turns of a conversation: a list of `role` and `content`, or of ShareGPT's `from` and `value`; in CSV and TSV as
 * JSON.
 * @throws DataError naming the turn that is none
 */
export function conversationCell(row: Row, column: string): readonly Message[] {
  const cell = present(row, column);
  const turns = typeof cell === 'string' ? readJson(cell) : cell;
  if (!Array.isArray(turns) || turns.length === 0) {
    throw badRow(row, `\`${column}\` must be a list of turns, got ${showJson(cell)}`, cure);
  }
  return turns.map((turn: unknown, i) => {
    const message = messageOf(turn);
    if (message) return message;
    throw badRow(row, `turn ${i + 1} of \`${column}\` must have a role and content, got ${showJson(turn)}`, cure);
  });
}

/** A value as messages, where it is a list of turns. */
export function messagesIn(value: unknown): readonly Message[] | undefined {
  const messages = Array.isArray(value) ? value.map(messageOf).filter((message) => message !== undefined) : [];
  return messages.length > 0 && messages.length === (value as readonly unknown[]).length ? messages : undefined;
}

function messageOf(turn: unknown): Message | undefined {
  if (typeof turn !== 'object' || turn === null) return undefined;
  const { role, from, value, ...rest } = turn as Readonly<Record<string, unknown>>;
  if (typeof role === 'string') return { role, ...rest };
  if (typeof from !== 'string' || typeof value !== 'string') return undefined;
  return { role: Object.hasOwn(speakers, from) ? speakers[from]! : from, content: value };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
