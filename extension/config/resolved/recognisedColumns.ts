import type { ResolvedSplit } from './resolve.ts';

/** Usual names of a column of conversations. */
const conversationNames = ['messages', 'conversations', 'conversation'];

/** How instructions are read, by `data.chat_template`. */
const manner = {
  auto: ', as a conversation where the model has a chat template',
  always: ', as a conversation',
  never: ', as they stand',
} as const;

/** A split as its file has it, and in words what was recognised in it; the same where nothing was. */
interface RecognisedSplit {
  readonly split: ResolvedSplit;
  readonly what?: string;
}

/**
 * Where a config names no column of prompts, and the file has none called so: conversations, or Alpaca's three columns.
 * @param columns those of the file
 */
export function recogniseColumns(split: ResolvedSplit, columns: readonly string[]): RecognisedSplit {
  const { prompt, completion, messages } = split;
  const isUsual = prompt === 'prompt' && completion === 'completion' && messages == null;
  if (!isUsual || (columns.includes('prompt') && columns.includes('completion'))) return { split };
  const conversations = conversationNames.find((name) => columns.includes(name));
  if (conversations !== undefined) {
    return {
      split: { ...split, prompt: null, completion: null, messages: conversations },
      what: `conversations in the column ${conversations}`,
    };
  }
  if (!columns.includes('instruction') || !columns.includes('output')) return { split };
  const input = split.input ?? (columns.includes('input') ? 'input' : null);
  return {
    split: { ...split, prompt: 'instruction', completion: 'output', input },
    what: `instructions in the columns ${['instruction', ...(input === null ? [] : [input])].join(', ')} and output${manner[split.chat_template ?? 'never']}`,
  };
}
