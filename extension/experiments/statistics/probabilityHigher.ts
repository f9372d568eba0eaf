/**
 * Chance that a score of the first arm is above one of the second, ties counting half: A = U / (nₐ n_b), in 0 … 1.
 * @throws RangeError for an arm without scores.
 * @see Vargha and Delaney, "A critique and improvement of the CL common language effect size statistics", 2000
 */
export function probabilityHigher(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) throw new RangeError('probability: needs scores of both arms, got none');
  let wins = 0;
  for (const one of a) for (const other of b) wins += one > other ? 1 : one === other ? 0.5 : 0;
  return wins / (a.length * b.length);
}
