import { type NumberRange, numberIn, rangeWords } from '../problems/numberIn.ts';
import { UserError } from '../problems/userError.ts';

/** The number that an option was given. @throws UserError */
export function numberOf(option: string, text: string, range: NumberRange): number {
  const value = numberIn(text, range);
  if (value !== undefined) return value;
  const cure = `for example ${option} ${range.from ?? range.to ?? 1}`;
  throw new UserError(`${option}: must be ${rangeWords(range)}, got ${text}; ${cure}`, 'usage');
}
