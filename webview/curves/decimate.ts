// Ours, because the decimation of Chart.js thins arrays of point objects: a million points in eight charts would first
// have to become eight million objects (about 0.5 GB). It knows no gaps either. Here columns stay columns.

export interface Point {
  x: number;
  y: number;
}

/** First index with x[index] ≥ limit; `x` ascends. */
export function lowerBound(x: Float64Array, limit: number): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the value nearest to `at`, or −1 in an empty column. */
export function nearestIndex(x: Float64Array, at: number): number {
  if (x.length === 0) return -1;
  const right = lowerBound(x, at);
  if (right === 0) return 0;
  if (right === x.length) return x.length - 1;
  return at - x[right - 1]! <= x[right]! - at ? right - 1 : right;
}

/**
 * Indices of at most `limit` points that look like all of them: the first, the last, and from each of limit − 2 equal
 * buckets the point that spans the largest triangle with the point taken before and the mean of the next bucket
 * (largest triangle three buckets). A bucket without finite values gives its first point, so that gaps stay gaps.
 *
 * @see Steinarsson, Downsampling Time Series for Visual Representation (2013), section 4.2
 */
export function largestTriangles(x: Float64Array, y: Float64Array, from: number, to: number, limit: number): number[] {
  const count = to - from;
  if (count <= limit) return Array.from({ length: count }, (_, index) => from + index);
  if (limit < 3) return [from, to - 1].slice(0, limit);
  const width = (count - 2) / (limit - 2);
  const taken = [from];
  let beforeX = x[from]!;
  let beforeY = y[from]!;
  for (let bucket = 0; bucket < limit - 2; bucket += 1) {
    const start = from + 1 + Math.floor(bucket * width);
    const end = from + 1 + Math.floor((bucket + 1) * width);
    const nextEnd = Math.min(to, from + 1 + Math.floor((bucket + 2) * width));
    let meanX = 0;
    let meanY = 0;
    let finite = 0;
    for (let i = end; i < Math.max(nextEnd, end + 1); i += 1) {
      const value = y[i]!;
      if (!Number.isFinite(value)) continue;
      meanX += x[i]!;
      meanY += value;
      finite += 1;
    }
    if (finite > 0) {
      meanX /= finite;
      meanY /= finite;
    }
    let best = start;
    let bestArea = -1;
    for (let i = start; i < end; i += 1) {
      const value = y[i]!;
      if (!Number.isFinite(value)) continue;
      const area = Math.abs((beforeX - meanX) * (value - beforeY) - (beforeX - x[i]!) * (meanY - beforeY));
      if (area > bestArea || bestArea === -1) {
        bestArea = Number.isFinite(area) ? area : 0;
        best = i;
      }
    }
    taken.push(best);
    if (bestArea >= 0) {
      beforeX = x[best]!;
      beforeY = y[best]!;
    }
  }
  taken.push(to - 1);
  return taken;
}

/** Points to draw in [fromX, toX], one beyond each edge so that lines run to the border; y ≤ 0 is a gap on a log axis. */
export function pointsToDraw(
  x: Float64Array,
  y: Float64Array,
  range: { readonly from: number; readonly to: number },
  limit: number,
  hasLogScale: boolean,
): Point[] {
  const from = Math.max(0, lowerBound(x, range.from) - 1);
  const after = lowerBound(x, range.to);
  const to = Math.min(x.length, after + (x[after] === range.to ? 2 : 1));
  return largestTriangles(x, y, from, Math.max(from, to), limit).map((index) => {
    const value = y[index]!;
    return { x: x[index]!, y: Number.isFinite(value) && !(hasLogScale && value <= 0) ? value : Number.NaN };
  });
}
