/** A text that was written, and those that would be right. */
export interface JudgedText {
  readonly text: string;
  /** At least one. */
  readonly references: readonly string[];
}

export const longestRun = 4;

/**
 * BLEU of a corpus, 0 … 100: the geometric mean of how many runs of 1 … 4 tokens stand in a reference too, times a
 * penalty for texts that are shorter than the nearest reference. As sacrebleu counts it: tokens as `13a`, smoothing `exp`.
 * @see Papineni et al., "BLEU", ACL 2002; Post, "A Call for Clarity in Reporting BLEU Scores", arXiv 1804.08771
 */
export function bleu(rows: readonly JudgedText[]): number {
  const right = new Array<number>(longestRun).fill(0);
  const all = new Array<number>(longestRun).fill(0);
  let [written, wanted] = [0, 0];
  for (const { text, references } of rows) {
    const tokens = tokenize13a(text);
    const others = references.map(tokenize13a);
    written += tokens.length;
    wanted += nearest(tokens.length, others);
    for (let n = 1; n <= longestRun; n++) {
      const counts = others.map((other) => runCounts(other, n));
      for (const [run, count] of runCounts(tokens, n)) {
        right[n - 1]! += Math.min(count, Math.max(...counts.map((other) => other.get(run) ?? 0)));
        all[n - 1]! += count;
      }
    }
  }
  if (right.every((count) => count === 0) || all.includes(0)) return 0;
  let smoothing = 1;
  const logarithms = right.map((count, n) => {
    if (count > 0) return Math.log((100 * count) / all[n]!);
    smoothing *= 2;
    return Math.log(100 / (smoothing * all[n]!));
  });
  const brevity = written < wanted ? Math.exp(1 - wanted / written) : 1;
  return brevity * Math.exp(logarithms.reduce((sum, value) => sum + value, 0) / longestRun);
}

/** The reference length that is nearest, the shorter of two. */
const nearest = (length: number, references: readonly (readonly string[])[]): number =>
  references
    .map((reference) => reference.length)
    .sort((a, b) => Math.abs(a - length) - Math.abs(b - length) || a - b)[0]!;

/** How often each run of n tokens occurs. */
export function runCounts(tokens: readonly string[], n: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start + n <= tokens.length; start++) {
    const run = tokens.slice(start, start + n).join(' ');
    counts.set(run, (counts.get(run) ?? 0) + 1);
  }
  return counts;
}

const entities = { '&quot;': '"', '&amp;': '&', '&lt;': '<', '&gt;': '>' } as const;

/** Tokens as the script mteval-v13a cuts them, on which machine translation agreed. */
export function tokenize13a(text: string): readonly string[] {
  let line = text.trimEnd().replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ');
  for (const [entity, character] of Object.entries(entities)) line = line.replaceAll(entity, character);
  return ` ${line} `
    .replace(/([{-~[-` -&(-+:-@/])/gu, ' $1 ')
    .replace(/([^0-9])([.,])/gu, '$1 $2 ')
    .replace(/([.,])([^0-9])/gu, ' $1 $2')
    .replace(/([0-9])(-)/gu, '$1 $2 ')
    .split(/\s+/u)
    .filter((token) => token !== '');
}
