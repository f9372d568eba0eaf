/** How a list begins that was written out by a program: `["a"`, `['a'`, `[1`, `[]`. A bracket alone is a word. */
const beginsList = /^\[\s*(?:["'\]]|[+-]?\d)/;

/** Whether a cell is a list written as text, as pandas and numpy write lists into CSV. */
export const isListText = (text: string): boolean => {
  const bare = text.trim();
  return beginsList.test(bare) && bare.endsWith(']');
};

/** One item and what divides it from the next: Python lists have commas, numpy arrays white space alone. */
const item = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([+-]?\d[\d.eE+-]*))(?:\s*,\s*|\s+|$)/suy;

/** The items of a JSON list, a Python list or a numpy array that was written as text; undefined where it is none. */
export function readListText(text: string): readonly unknown[] | undefined {
  const bare = text.trim();
  try {
    const value = JSON.parse(bare) as unknown;
    if (Array.isArray(value)) return value;
  } catch {
    // Not JSON: Python's quotes are read below.
  }
  const inner = bare.slice(1, -1).trim();
  const items: string[] = [];
  item.lastIndex = 0;
  while (item.lastIndex < inner.length) {
    const found = item.exec(inner);
    if (!found) return undefined;
    items.push(found[3] ?? unescaped((found[1] ?? found[2])!));
  }
  return items;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/** Python's escapes: `\'`, `\\`, `\n`, `\xe9`, `\u00e9`. */
const unescaped = (text: string): string =>
  text.replace(/\\(?:x([\da-f]{2})|u([\da-f]{4})|U([\da-f]{8})|(.))/gisu, (_, x, u, long, one: string | undefined) =>
    one === undefined ? String.fromCodePoint(Number.parseInt(x ?? u ?? long, 16)) : (escapes[one] ?? one),
  );
