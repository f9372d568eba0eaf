import path from 'node:path';
import { dataEndings } from '../../config/schema/dataFormat.ts';

/** Of the files that end so, few are data. */
const unclear: ReadonlySet<string> = new Set(['txt', 'json']);

/** Files that a person picks data from, by their ending alone. */
export const dataPattern = `**/*.{${dataEndings.filter((ending) => !unclear.has(ending)).join()}}`;

const trainWord = /(^|[-_./\\])(train|training)(?=[-_./\\]|$)/i;
const heldOutWord = /(^|[-_./\\])(validation|valid|val|dev|development|test|eval)(?=[-_./\\]|$)/i;

/** Files that are named as training data first, those held out last. */
export function sortedDataFiles(files: readonly string[]): readonly string[] {
  const rank = (file: string): number => (trainWord.test(file) ? 0 : heldOutWord.test(file) ? 2 : 1);
  return [...files].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** The validation file that lies beside a training file and is named like it: `sst2-train.tsv` → `sst2-dev.tsv`. */
export function validationBeside(train: string, files: readonly string[]): string | undefined {
  if (!trainWord.test(train)) return undefined;
  const words = ['validation', 'valid', 'val', 'dev', 'development'];
  const named = words.map((word) => train.replace(trainWord, (_, before: string) => `${before}${word}`));
  return named.find((name) => files.includes(name));
}

/** `data/reviews-train.tsv` → `reviews`. */
export function dataTitle(file: string): string {
  const name = path.basename(file).replace(/\.[^.]+$/, '');
  const bare = name.replace(trainWord, '').replace(/^[-_.]+|[-_.]+$/g, '');
  return bare !== '' ? bare : path.basename(path.dirname(file));
}
