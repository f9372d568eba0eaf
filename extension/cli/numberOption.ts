import { UserError } from '../problems/userError.ts';

interface Range {
  readonly from?: number;
  readonly above?: number;
  readonly to?: number;
  readonly isWhole?: boolean;
}

/** The number that an option was given. @throws UserError */
export function numberOf(option: string, text: string, { from, above, to, isWhole = false }: Range): number {
  const value = Number(text);
  const fits =
    text.trim() !== '' &&
    (isWhole ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
    value >= (from ?? Number.NEGATIVE_INFINITY) &&
    value > (above ?? Number.NEGATIVE_INFINITY) &&
    value <= (to ?? Number.POSITIVE_INFINITY);
  if (fits) return value;
  const range = [
    from !== undefined && `from ${from}`,
    above !== undefined && `above ${above}`,
    to !== undefined && `to ${to}`,
  ];
  const kind = isWhole ? 'a whole number' : 'a number';
  const cure = `for example ${option} ${from ?? to ?? 1}`;
  throw new UserError(`${option}: must be ${kind} ${range.filter(Boolean).join(' ')}, got ${text}; ${cure}`, 'usage');
}
