import type { Message } from './chat.ts';
import { assistant } from './learnedTurn.ts';
import type { Tokenizer } from './tokenizer.ts';

const answer = 'Certainly.';
const exchange: readonly Message[] = [
  { role: 'user', content: 'Is it so?' },
  { role: assistant, content: answer },
];

/**
 * The special token that the chat template writes behind an answer, such as <|im_end|>: models learn to end one with it,
 * whatever `eos_token` says. Undefined where the template writes none, or cannot be read.
 */
export function answerEnd(tokenizer: Pick<Tokenizer, 'ids' | 'structuralIds' | 'chatTemplate'>): number | undefined {
  const text = written(tokenizer);
  const start = text.lastIndexOf(answer);
  if (start < 0) return undefined;
  return tokenizer.ids(text.slice(start + answer.length)).find((id) => tokenizer.structuralIds.has(id));
}

function written(tokenizer: Pick<Tokenizer, 'chatTemplate'>): string {
  try {
    return tokenizer.chatTemplate?.render(exchange, false).text ?? '';
  } catch {
    // Whoever writes a conversation with it is told what is wrong.
    return '';
  }
}
