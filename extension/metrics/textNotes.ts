import { type JudgedText, longestRun, tokenize13a } from './bleu.ts';

/** What a reader of the metrics of texts has to know: which of them, as their libraries count, tell nothing of such references. */
export function textNotes(rows: readonly JudgedText[]): readonly string[] {
  const references = rows.flatMap(({ references }) => references);
  const letters = references.join('').match(/\p{L}/gu) ?? [];
  const others = letters.filter((letter) => !/[a-z]/i.test(letter)).length;
  return [
    ...(references.every((reference) => tokenize13a(reference).length < longestRun)
      ? [`BLEU counts runs of ${longestRun} words, and no reference has so many: see exact_match`]
      : []),
    ...(2 * others > letters.length
      ? ['ROUGE counts words of a … z and digits alone, and most letters of the references are others: see exact_match']
      : []),
  ];
}
