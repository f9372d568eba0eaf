import type { ChatTemplate, Message } from './rows/chat.ts';
import { badRow, type DataPlace } from './rows/dataError.ts';
import { assistant, isLearned, nothingToLearn } from './rows/learnedTurn.ts';
import { rendered } from './rows/prompt.ts';
import type { Tokenizer } from './rows/tokenizer.ts';

/** A conversation as tokens, and which of them the model is to write. */
interface TokenisedConversation {
  readonly ids: readonly number[];
  readonly inLoss: readonly boolean[];
  /** As the template writes it. */
  readonly text: string;
  readonly isDated: boolean;
}

/** A stretch of text, or of tokens. */
type Span = readonly [start: number, end: number];

/**
 * A conversation in which the model learns what the assistant says, with what ends each of its turns. Where a turn lies
 * in the text is found by writing the conversation up to it and with it; ids are those of the text as a whole.
 * @throws DataError where the template refuses the conversation, or writes a turn otherwise once others follow it
 */
export function tokeniseConversation(
  row: DataPlace,
  messages: readonly Message[],
  tokenizer: Pick<Tokenizer, 'ids' | 'structuralIds'>,
  template: ChatTemplate,
): TokenisedConversation {
  const { text, isDated } = rendered(row, template, messages, false);
  if (messages[0]?.role === assistant) {
    throw badRow(
      row,
      `a conversation must begin with something to answer, got a turn of the ${assistant}`,
      'take it out',
    );
  }
  const spans = messages.flatMap((message, i) =>
    isLearned(row, message, i) ? [turnSpan(row, template, messages, i, text)] : [],
  );
  if (spans.length === 0) throw nothingToLearn(row, messages);
  const ids = tokenizer.ids(text);
  const inLoss = ids.map(() => false);
  for (const [start, end] of tokenSpans(text, spans, ids, tokenizer)) {
    for (let i = start; i < endOfTurn(ids, [start, end], tokenizer); i++) inLoss[i] = true;
  }
  return { ids, inLoss, text, isDated };
}

/** Where the text of one turn lies in that of all. */
function turnSpan(
  row: DataPlace,
  template: ChatTemplate,
  messages: readonly Message[],
  turn: number,
  text: string,
): Span {
  const before = rendered(row, template, messages.slice(0, turn), true).text;
  const after = rendered(row, template, messages.slice(0, turn + 1), false).text;
  const { end = '' } = template;
  // Some templates end the text, not each turn.
  const closed = after.endsWith(end) && !text.startsWith(after) ? after.slice(0, after.length - end.length) : after;
  if (text.startsWith(closed) && closed.startsWith(before)) return [before.length, closed.length];
  const what = text.startsWith(closed) ? 'behind the beginning of an answer' : 'the same whatever follows it';
  const rule = `the chat template must write turn ${turn + 1} ${what}, got another text, so it is unclear which tokens to learn`;
  throw badRow(row, rule, 'end the conversation with its first answer, or use a model with another template');
}

/** The tokens of stretches of a text: all of which any character belongs to one. */
function tokenSpans(
  text: string,
  spans: readonly Span[],
  ids: readonly number[],
  tokenizer: Pick<Tokenizer, 'ids'>,
): readonly Span[] {
  const borders = [0, ...spans.flat(), text.length];
  const parts = borders.slice(1).map((border, i) => tokenizer.ids(text.slice(borders[i], border)));
  // Templates write special tokens where turns begin and end, which divide the text in any case.
  if (equal(parts.flat(), ids)) {
    let at = 0;
    const places = parts.map((part) => (at += part.length));
    return spans.map((_, i) => [places[2 * i]!, places[2 * i + 1]!]);
  }
  return spans.map(([start, end]) => [
    sharedLength(tokenizer.ids(text.slice(0, start)), ids),
    ids.length - sharedLength(tokenizer.ids(text.slice(end)).toReversed(), ids.toReversed()),
  ]);
}

const equal = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((id, i) => id === b[i]);

/** How many tokens two lists begin with alike. */
function sharedLength(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** A turn ends with its last special token, such as <|im_end|>: the line break behind it is never generated. */
function endOfTurn(
  ids: readonly number[],
  [start, end]: Span,
  { structuralIds }: Pick<Tokenizer, 'structuralIds'>,
): number {
  for (let i = end; i > start; i--) if (structuralIds.has(ids[i - 1]!)) return i;
  return end;
}
