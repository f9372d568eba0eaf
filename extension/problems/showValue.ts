/** A value as messages show it: short, on one line. */
export function showValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value))
    return value.some((item) => typeof item === 'object') ? 'a list' : shortened(value, 'a list');
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? cut(JSON.stringify(value)) : showNumber(value);
}

const mostShown = 60;

const cut = (text: string): string => (text.length <= mostShown ? text : `${text.slice(0, mostShown - 3)}…"`);

const shortened = (value: unknown, instead: string): string => {
  const text = JSON.stringify(value);
  return text.length <= mostShown ? text : instead;
};

/** A value of a JSON file, or of a row of data, as messages show it: JSON, cut where long; nothing where there is none. */
export function showJson(value: unknown): string {
  if (value === undefined) return 'nothing';
  const isNumber = typeof value === 'bigint' || typeof value === 'number';
  const text = isNumber ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > mostShown ? `${text.slice(0, mostShown - 3)}…` : text;
}

/** A name as messages show it: cut where it is longer than any of ours. */
export const shortName = (name: string): string =>
  name.length <= mostShown ? name : `${name.slice(0, mostShown - 3)}…`;

/** Small numbers as configs write them: 0.00001 as `1e-5`; anything else as it is. */
export function showNumber(value: unknown): string {
  const small = typeof value === 'number' && value !== 0 && Math.abs(value) < 0.001;
  return small ? value.toExponential().replace('e-0', 'e-') : String(value);
}
