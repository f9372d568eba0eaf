/** The date that templates are told: the one that Llama's fall back to. */
export const fixedDate = new Date(Date.UTC(2024, 6, 26));

const months = 'January February March April May June July August September October November December'.split(' ');
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const two = (number: number): string => String(number).padStart(2, '0');

const parts: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getUTCFullYear()),
  y: (date) => two(date.getUTCFullYear() % 100),
  m: (date) => two(date.getUTCMonth() + 1),
  B: (date) => months[date.getUTCMonth()]!,
  b: (date) => months[date.getUTCMonth()]!.slice(0, 3),
  d: (date) => two(date.getUTCDate()),
  A: (date) => days[date.getUTCDay()]!,
  a: (date) => days[date.getUTCDay()]!.slice(0, 3),
  H: (date) => two(date.getUTCHours()),
  M: (date) => two(date.getUTCMinutes()),
  S: (date) => two(date.getUTCSeconds()),
  '%': () => '%',
};

/** A date as Python's `strftime` writes it in English, `%-d` without the zero; what it does not know stays. */
export const strftime = (date: Date, format: string): string =>
  format.replace(/%(-?)([A-Za-z%])/g, (whole, bare: string, name: string) => {
    const text = parts[name]?.(date) ?? whole;
    return bare ? text.replace(/^0(?=\d)/, '') : text;
  });
