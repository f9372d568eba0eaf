import type { Random } from '../../numbers/random.ts';
import { mostSplits, randomSplits, splitCount } from './splits.ts';
import { shiftedMean } from './spread.ts';

/** How the scores' own split into two arms compares with other splits. */
interface PermutationTest {
  /** Two-sided: how often a split differs at least as much as the arms do. */
  readonly p: number;
  /** Splits that were looked at. */
  readonly splits: number;
  /** Whether those were all there are. */
  readonly exact: boolean;
}

/** Differences that should be equal come out a few last bits apart: a share of the largest score. */
const tolerance = 1e-12;

/**
 * If arms did not matter, any split of the scores would be as likely as theirs: p = #(|Δ*| ≥ |Δ|) / C(nₐ + n_b, nₐ). Beyond
 * 200,000 splits, of 20,000 random ones p = (hits + 1) / (splits + 1).
 * @param random draws splits where there are too many to look at all
 * @throws RangeError for an arm without scores.
 * @see Phipson and Smyth, "Permutation P-values should never be zero", arXiv 1603.05766
 */
export function permutationTest(a: readonly number[], b: readonly number[], random: Random): PermutationTest {
  const [few, many] = a.length <= b.length ? [a, b] : [b, a];
  const pool = [...few, ...many];
  const largest = pool.reduce((most, score) => Math.max(most, Math.abs(score)), 0);
  const least = Math.abs(shiftedMean(a) - shiftedMean(b)) - tolerance * largest;
  const total = shiftedMean(pool) * pool.length;
  const differs = (sum: number): boolean => Math.abs(sum / few.length - (total - sum) / many.length) >= least;
  const splits = splitCount(few.length, many.length);
  if (splits <= mostSplits) {
    const hits = countSplits(pool, few.length, differs);
    return { p: hits / splits, splits, exact: true };
  }
  let hits = 0;
  for (let draw = 0; draw < randomSplits; draw++) if (differs(randomSum(pool, few.length, random))) hits++;
  return { p: (hits + 1) / (randomSplits + 1), splits: randomSplits, exact: false };
}

/** How many choices of `size` scores have a sum that `differs`. */
function countSplits(pool: readonly number[], size: number, differs: (sum: number) => boolean): number {
  const choose = (from: number, left: number, sum: number): number => {
    if (left === 0) return differs(sum) ? 1 : 0;
    let hits = 0;
    for (let i = from; i <= pool.length - left; i++) hits += choose(i + 1, left - 1, sum + pool[i]!);
    return hits;
  };
  return choose(0, size, 0);
}

/** Sum of `size` scores drawn without replacement; shuffles the pool. */
function randomSum(pool: number[], size: number, random: Random): number {
  let sum = 0;
  for (let i = 0; i < size; i++) {
    const j = i + random.nextInt(pool.length - i);
    [pool[i], pool[j]] = [pool[j]!, pool[i]!];
    sum += pool[i]!;
  }
  return sum;
}
