/**
 * Exact two-sided p for two runs that judged the same rows: of the rows that only one of them has right, each is as likely
 * to be the first's as the second's. p = min(1, 2 Σ_{i ≤ min(b, c)} C(b + c, i) 2⁻⁽ᵇ⁺ᶜ⁾).
 * @param onlyFirst rows that the first run alone has right, b
 * @param onlySecond rows that the second run alone has right, c
 * @see McNemar, "Note on the sampling error of the difference between correlated proportions or percentages", 1947
 */
export function mcNemar(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  // In logarithms: 2⁻ⁿ leaves the range of numbers beyond a thousand rows.
  let logTerm = -n * Math.LN2;
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= fewer; i++) {
    logTerm += Math.log((n - i + 1) / i);
    sum += Math.exp(logTerm);
  }
  return Math.min(1, 2 * sum);
}
