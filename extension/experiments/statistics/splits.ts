/** More splits than this are not all looked at: those of ten seeds against ten are, in some 10 ms. */
export const mostSplits = 200_000;
/** Drawn one by one, which takes longer than going through all. */
export const randomSplits = 20_000;

/** C(n + m, n): in how many ways scores fall into two arms of these sizes. */
export function splitCount(n: number, m: number): number {
  let count = 1;
  for (let i = 1; i <= n; i++) count = (count * (m + i)) / i;
  return Math.round(count);
}

/**
 * The least p that arms of these sizes can have: only the split itself and, for equal sizes, its mirror image differ as much; of
 * random splits none.
 */
export function leastP(n: number, m: number): number {
  const splits = splitCount(n, m);
  return splits <= mostSplits ? (n === m ? 2 : 1) / splits : 1 / (randomSplits + 1);
}

/**
 * The level that a permutation test of arms of these sizes really has where p must be below `level`: the largest p below it that they
 * can have, for p comes in steps of the least; 0 where they can have none.
 */
export function levelBelow(n: number, m: number, level: number): number {
  const step = leastP(n, m);
  return Math.max(0, Math.ceil(level / step - 1e-9) - 1) * step;
}
