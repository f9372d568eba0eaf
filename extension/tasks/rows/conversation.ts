import * as z from 'zod';
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
    const at = `turn ${i + 1} of \`${column}\``;
    const { role, from, content, value } = (turn ?? {}) as Readonly<Record<string, unknown>>;
    const said = typeof role === 'string' ? content : value;
    if (said == null || typeof (role ?? from) !== 'string') {
      throw badRow(row, `${at} must have a role and content, got ${showJson(turn)}`, cure);
    }
    throw badRow(row, `${at} must have text as its content, got ${showJson(said)}`, 'write it as one text');
  });
}

/** A value as messages, where it is a list of turns. */
export function messagesIn(value: unknown): readonly Message[] | undefined {
  const messages = Array.isArray(value) ? value.map(messageOf).filter((message) => message !== undefined) : [];
  return messages.length > 0 && messages.length === (value as readonly unknown[]).length ? messages : undefined;
}

function messageOf(turn: unknown): Message | undefined {
  if (typeof turn !== 'object' || turn === null) return undefined;
  const { role, from, value, content, ...rest } = turn as Readonly<Record<string, unknown>>;
  if (typeof role === 'string') {
    // What only calls tools says nothing.
    if (content == null) return { role, ...(content === null && { content }), ...rest };
    const text = textIn(content);
    return text === undefined ? undefined : { role, content: text, ...rest };
  }
  const text = textIn(value);
  if (typeof from !== 'string' || text === undefined) return undefined;
  return { role: Object.hasOwn(speakers, from) ? speakers[from]! : from, content: text };
}

const oneText = z.tuple([z.object({ type: z.literal('text'), text: z.string() })]);

/** A text, also as the one part of a list, as OpenAI's form has it. Templates write other values as JSON. */
function textIn(content: unknown): string | undefined {
  return typeof content === 'string' ? content : oneText.safeParse(content).data?.[0].text;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
