import type { ModelAnswer } from '../../contract/serve.ts';
import { counted } from '../../problems/counted.ts';
import { formatPercent, formatSignificant } from '../../view/figures.ts';

const mostShown = 4;

/** `positive 93.1 % · negative 6.9 %`; tagged words as `anna/B-PER`, a number as `3.46`; then what of a long text was not read. */
export function answerText(answer: ModelAnswer): string {
  const { tokens = [], cut } = answer;
  const unread = tokens.filter((token) => token.unread).length;
  return [
    saidText(answer),
    ...(cut === undefined ? [] : [`read ${cut.read} of ${cut.of} tokens`]),
    ...(unread === 0 ? [] : [`${counted(unread, 'word')} not read`]),
  ].join(' · ');
}

function saidText({ probabilities, tokens, label }: ModelAnswer): string {
  if (probabilities !== undefined) {
    const sorted = Object.entries(probabilities).sort(([, a], [, b]) => b - a);
    return sorted
      .slice(0, mostShown)
      .map(([name, share]) => `${name} ${formatPercent(100 * share)}`)
      .join(' · ');
  }
  if (tokens !== undefined) {
    const named = tokens.filter((token) => token.label !== 'O' && !token.unread);
    return named.length === 0 ? '—' : named.map((token) => `${token.text}/${token.label}`).join(' ');
  }
  return typeof label === 'number' ? formatSignificant(label) : (label ?? '—');
}
