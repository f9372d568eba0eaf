/**
 * One dimension: a fixed size, or what is known of one only when the graph runs, as the text of a linear form over
 * symbols: `'B'`, `'S'`, `'S+16'` (a prefix of 16 before a sequence), `'P+S'` (past keys and new ones), `'3*S'`. Equal
 * dimensions have equal texts: symbols stand in order of the alphabet, the constant last.
 */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** constant + Σ factor·symbol */
interface LinearForm {
  readonly constant: number;
  /** Factors by symbol, none of them 0. */
  readonly terms: ReadonlyMap<string, number>;
}

const termPattern = /([+-]*)(?:(\d+)\*)?([A-Za-z]\w*|\d+)/y;

/** @throws RangeError when the text is no linear form */
function linearForm(dim: Dim): LinearForm {
  if (typeof dim === 'number') return { constant: dim, terms: new Map() };
  const terms = new Map<string, number>();
  let constant = 0;
  termPattern.lastIndex = 0;
  while (termPattern.lastIndex < dim.length) {
    const [, signs, factor = '1', what] = termPattern.exec(dim) ?? [];
    if (what === undefined) throw new RangeError(`a dimension must be like 3, S, S+16 or P+S, got ${dim}`);
    const signed = signs?.endsWith('-') ? -Number(factor) : Number(factor);
    if (/\d/.test(what[0]!)) constant += signed * Number(what);
    else terms.set(what, (terms.get(what) ?? 0) + signed);
  }
  return { constant, terms };
}

function dimOf({ constant, terms }: LinearForm): Dim {
  const symbols = [...terms].filter(([, factor]) => factor !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
  if (symbols.length === 0) return constant;
  const signed = (factor: number, text: string) => `${factor < 0 ? '-' : '+'}${text}`;
  const parts = symbols.map(([symbol, factor]) => {
    const times = Math.abs(factor);
    return signed(factor, times === 1 ? symbol : `${times}*${symbol}`);
  });
  if (constant !== 0) parts.push(signed(constant, `${Math.abs(constant)}`));
  return parts.join('').replace(/^\+/, '');
}

/** Equal shapes in equal words. */
export const canonical = (shape: Shape): Shape => shape.map((dim) => dimOf(linearForm(dim)));

/** Sum of two dimensions: `S` + 16 = `S+16`, `S` + `P` = `P+S`. */
export function addDims(a: Dim, b: Dim): Dim {
  const [left, right] = [linearForm(a), linearForm(b)];
  const terms = new Map(left.terms);
  for (const [symbol, factor] of right.terms) terms.set(symbol, (terms.get(symbol) ?? 0) + factor);
  return dimOf({ constant: left.constant + right.constant, terms });
}

/** `S` · 3 = `3*S` */
export const multiplyDim = (dim: Dim, times: number): Dim => eachNumber(dim, (number) => number * times);

function eachNumber(dim: Dim, change: (number: number) => number): Dim {
  const { constant, terms } = linearForm(dim);
  return dimOf({
    constant: change(constant),
    terms: new Map([...terms].map(([symbol, factor]) => [symbol, change(factor)])),
  });
}

/**
 * Size of a dimension when its symbols have known sizes: `S+16` with S = 100 is 116.
 * @throws RangeError when a symbol has no size.
 */
export function dimSize(dim: Dim, sizes: ReadonlyMap<string, number>): number {
  // A symbol by itself is its own text: nothing to read.
  const alone = typeof dim === 'number' ? dim : sizes.get(dim);
  if (alone !== undefined) return alone;
  const { constant, terms } = linearForm(dim);
  let size = constant;
  for (const [symbol, factor] of terms) {
    const known = sizes.get(symbol);
    if (known === undefined) {
      throw new RangeError(`the dimension ${dim} has no size: no input of the graph has ${symbol}`);
    }
    size += factor * known;
  }
  return size;
}

/**
 * What a dimension's size says about its symbols: `S+16` of size 116 says S = 100. Learns a symbol's size where it is
 * the only unknown one.
 * @returns whether the dimension can have that size; undefined while more than one symbol is unknown
 */
export function learnSize(dim: Dim, size: number, sizes: Map<string, number>): boolean | undefined {
  const { terms, constant } = linearForm(dim);
  const unknown = [...terms].filter(([symbol]) => !sizes.has(symbol));
  const [first, second] = unknown;
  if (second) return undefined;
  if (!first) return dimSize(dim, sizes) === size;
  let rest = size - constant;
  for (const [symbol, factor] of terms) rest -= factor * (sizes.get(symbol) ?? 0);
  const [symbol, factor] = first;
  const found = rest / factor;
  if (!Number.isInteger(found) || found < 0) return false;
  sizes.set(symbol, found);
  return true;
}

/**
 * Shape of an elementwise result under NumPy's rules; a symbolic dimension only matches itself or 1.
 * @throws RangeError when the shapes do not broadcast.
 */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[a.length - rank + i] ?? 1;
    const right = b[b.length - rank + i] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw new RangeError(`[${a.join(',')}] and [${b.join(',')}] do not broadcast`);
  });
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** Whether two shapes hold as many elements in the same order of symbols: [B,6,S] and [B,2,3*S] do, [S,B] and [B,S] not. */
export function sameElements(a: Shape, b: Shape): boolean {
  const [left, right] = [factors(a), factors(b)];
  return left.number === right.number && sameShape(left.symbolic, right.symbolic);
}

/** A shape's product, as one number times what is symbolic: `3*S+6` is 3 times `S+2`. */
function factors(shape: Shape): { readonly number: number; readonly symbolic: Shape } {
  let number = 1;
  const symbolic: Dim[] = [];
  for (const dim of shape) {
    const { constant, terms } = linearForm(dim);
    const common = terms.size === 0 ? constant : [...terms.values(), constant].reduce(greatestDivisor, 0);
    number *= common;
    if (terms.size > 0) symbolic.push(eachNumber(dim, (factor) => factor / common));
  }
  return { number, symbolic };
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : greatestDivisor(b, a % b);
}

/** @throws RangeError for the shape of one number */
export function lastDim(shape: Shape): Dim {
  const last = shape.at(-1);
  if (last === undefined) throw new RangeError('one number has no axes');
  return last;
}

export const leadingDims = (shape: Shape): Shape => shape.slice(0, -1);
