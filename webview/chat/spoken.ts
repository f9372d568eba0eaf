import type { Chat, ChatAnswer } from '../../extension/contract/chat.ts';

const sentenceEnd = /[.!?…。]["')\]]*\s+|\n+/g;

/**
 * Texts that are written, in sentences, each as soon as it is whole: what a screen reader says while they grow. Those
 * that were there stay as they are, so that only new ones are said.
 */
export function spokenSentences({ writers, turns }: Pick<Chat, 'writers' | 'turns'>): readonly string[] {
  const answers = turns.at(-1)?.answers ?? {};
  return writers.flatMap(({ id, title }) => {
    const answer = answers[id];
    return answer === undefined
      ? []
      : sentencesOf(answer).map((sentence, i) => (i === 0 ? `${title}: ${sentence}` : sentence));
  });
}

function sentencesOf({ text, state, problem }: ChatAnswer): readonly string[] {
  const ends = [...text.matchAll(sentenceEnd)].map((match) => match.index + match[0].length);
  const isOver = state === 'done' || state === 'failed';
  const places = isOver ? [...ends, text.length] : ends;
  const sentences = places.map((end, i) => text.slice(places[i - 1] ?? 0, end).trim());
  return [...sentences, problem ?? ''].filter((sentence) => sentence !== '');
}
