import { type JudgedText, runCounts } from './bleu.ts';

type Compare = (tokens: readonly string[], reference: readonly string[]) => number;

/** ROUGE-n of two texts: F1 of their runs of n words. */
export const runOverlap =
  (n: number): Compare =>
  (tokens, reference) => {
    const [own, other] = [runCounts(tokens, n), runCounts(reference, n)];
    let shared = 0;
    for (const [run, count] of own) shared += Math.min(count, other.get(run) ?? 0);
    return f1(shared, tokens.length - n + 1, reference.length - n + 1);
  };

/** ROUGE-L of two texts: F1 of the longest sequence of words that both have, others between them allowed. */
export const commonSequence: Compare = (tokens, reference) => {
  let row = new Array<number>(reference.length + 1).fill(0);
  for (const token of tokens) {
    const next = [0];
    for (const [i, other] of reference.entries()) {
      next.push(token === other ? row[i]! + 1 : Math.max(row[i + 1]!, next[i]!));
    }
    row = next;
  }
  return f1(row[reference.length]!, tokens.length, reference.length);
};

/**
 * Mean over the texts of what each has in common with the reference that is most alike, as rouge-score counts it: words
 * are runs of a … z and digits in lower case, and stay whole.
 * @see Lin, "ROUGE", ACL 2004
 */
export const rouge = (rows: readonly JudgedText[], compare: Compare): number =>
  rows.reduce((sum, { text, references }) => {
    const tokens = words(text);
    return sum + Math.max(...references.map((reference) => compare(tokens, words(reference))));
  }, 0) / rows.length;

const words = (text: string): readonly string[] => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];

function f1(shared: number, written: number, wanted: number): number {
  const [precision, recall] = [shared / Math.max(written, 1), shared / Math.max(wanted, 1)];
  return shared === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}
