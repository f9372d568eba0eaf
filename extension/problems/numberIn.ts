/** Where a number may lie. */
export interface NumberRange {
  readonly from?: number;
  readonly above?: number;
  readonly to?: number;
  readonly isWhole?: boolean;
}

/** The number that a text stands for; undefined where it is none, or lies outside the range. */
export function numberIn(text: string, { from, above, to, isWhole = false }: NumberRange): number | undefined {
  const value = Number(text);
  const fits =
    text.trim() !== '' &&
    (isWhole ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
    value >= (from ?? Number.NEGATIVE_INFINITY) &&
    value > (above ?? Number.NEGATIVE_INFINITY) &&
    value <= (to ?? Number.POSITIVE_INFINITY);
  return fits ? value : undefined;
}

/** `a whole number from 1`, `a number above 0 to 1`. */
export function rangeWords({ from, above, to, isWhole = false }: NumberRange): string {
  const range = [
    from !== undefined && `from ${from}`,
    above !== undefined && `above ${above}`,
    to !== undefined && `to ${to}`,
  ];
  return [isWhole ? 'a whole number' : 'a number', ...range].filter(Boolean).join(' ');
}
