/**
 * One dimension: a fixed size, or a symbol known only when the graph runs (`'B'`, `'S'`), or a symbol plus a
 * constant (`'S+16'`, as a prefix of 16 makes it).
 */
export type Dim = number | string;
export type Shape = readonly Dim[];

interface Linear {
  readonly symbol: string;
  readonly constant: number;
}

function parse(dim: Dim): Linear {
  if (typeof dim === 'number') return { symbol: '', constant: dim };
  const [symbol = '', constant = '0'] = dim.split('+');
  return { symbol, constant: Number(constant) };
}

/**
 * Sum of two dimensions: `S` + 16 = `S+16`.
 * @throws RangeError when both are symbolic; no op needs that.
 */
export function addDims(a: Dim, b: Dim): Dim {
  const left = parse(a);
  const right = parse(b);
  if (left.symbol && right.symbol) throw new RangeError(`cannot add the dimensions ${a} and ${b}: both are symbolic`);
  const symbol = left.symbol || right.symbol;
  const constant = left.constant + right.constant;
  if (!symbol) return constant;
  return constant === 0 ? symbol : `${symbol}+${constant}`;
}

/**
 * Size of a dimension when its symbol has a known size: `S+16` with S = 100 is 116.
 * @throws RangeError when the symbol has no size.
 */
export function dimSize(dim: Dim, sizes: ReadonlyMap<string, number>): number {
  const { symbol, constant } = parse(dim);
  const size = symbol ? sizes.get(symbol) : 0;
  if (size === undefined) throw new RangeError(`the dimension ${dim} has no size: no input of the graph has ${symbol}`);
  return size + constant;
}

/**
 * Shape of an elementwise result under NumPy's rules; a symbol only matches itself or 1.
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

/** @throws RangeError for the shape of one number */
export function lastDim(shape: Shape): Dim {
  const last = shape.at(-1);
  if (last === undefined) throw new RangeError('one number has no axes');
  return last;
}

export const leadingDims = (shape: Shape): Shape => shape.slice(0, -1);
