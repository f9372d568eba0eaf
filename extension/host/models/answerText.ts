import type { ModelAnswer } from '../../contract/serve.ts';
import { formatPercent } from '../../view/figures.ts';

const mostShown = 4;

/** `positive 93.1 % · negative 6.9 %`; tagged words as `anna/B-PER`, a number as it is. */
export function answerText({ probabilities, tokens, label }: ModelAnswer): string {
  if (probabilities !== undefined) {
    const sorted = Object.entries(probabilities).sort(([, a], [, b]) => b - a);
    return sorted
      .slice(0, mostShown)
      .map(([name, share]) => `${name} ${formatPercent(100 * share)}`)
      .join(' · ');
  }
  if (tokens !== undefined) {
    const named = tokens.filter((token) => token.label !== 'O');
    return named.length === 0 ? '—' : named.map((token) => `${token.text}/${token.label}`).join(' ');
  }
  return String(label ?? '—');
}
