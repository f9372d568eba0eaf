/**
 * p values of m comparisons so adjusted that the chance of even one false find among all stays below the level:
 * p₍ᵢ₎ → max over j ≤ i of min(1, (m − j + 1) p₍ⱼ₎), in the order given.
 * @see Holm, "A simple sequentially rejective multiple test procedure", 1979
 */
export function holm(pValues: readonly number[]): readonly number[] {
  const ascending = pValues.map((_, index) => index).sort((i, j) => pValues[i]! - pValues[j]!);
  const adjusted = new Array<number>(pValues.length);
  let most = 0;
  ascending.forEach((index, rank) => {
    most = Math.max(most, Math.min(1, (pValues.length - rank) * pValues[index]!));
    adjusted[index] = most;
  });
  return adjusted;
}
