// Ours, because with four coefficients every choice can be tried: exact, and less code than the active-set method
// that packages port.

/**
 * The coefficients c ≥ 0 with the least Σ (Σⱼ aᵢⱼ·cⱼ / yᵢ − 1)²: relative errors, so that short measurements count as
 * much as long ones. Tries every choice of coefficients that are zero: exact, and quick for the few that there are.
 * @param rows a, one list of factors for each measurement
 * @param measured y > 0
 */
export function fitNonNegative(rows: readonly (readonly number[])[], measured: readonly number[]): number[] {
  const width = rows[0]!.length;
  // Each column at most 1, for factors differ by many orders of magnitude.
  const scales = Array.from({ length: width }, (_, j) => Math.max(...rows.map((row, i) => row[j]! / measured[i]!)));
  const scaled = rows.map((row, i) => row.map((value, j) => (scales[j] === 0 ? 0 : value / measured[i]! / scales[j]!)));
  let best: { readonly error: number; readonly fitted: readonly number[] } = {
    error: Number.POSITIVE_INFINITY,
    fitted: Array<number>(width).fill(0),
  };
  for (let choice = 1; choice < 2 ** width; choice++) {
    const columns = [...Array(width).keys()].filter((j) => Math.floor(choice / 2 ** j) % 2 === 1 && scales[j]! > 0);
    const solved = leastSquares(scaled.map((row) => columns.map((j) => row[j]!)));
    if (!solved || solved.some((value) => value < 0)) continue;
    const fitted = Array<number>(width).fill(0);
    for (const [place, j] of columns.entries()) fitted[j] = solved[place]!;
    const error = scaled.reduce((sum, row) => sum + (row.reduce((s, v, j) => s + v * fitted[j]!, 0) - 1) ** 2, 0);
    if (error < best.error) best = { error, fitted };
  }
  return best.fitted.map((value, j) => (scales[j] === 0 ? 0 : value / scales[j]!));
}

/** Solves AᵀA·x = Aᵀ·1 by elimination; undefined where the columns do not tell one another apart. */
function leastSquares(a: readonly (readonly number[])[]): number[] | undefined {
  const width = a[0]!.length;
  const system = Array.from({ length: width }, (_, i) => [
    ...Array.from({ length: width }, (_, j) => a.reduce((sum, row) => sum + row[i]! * row[j]!, 0)),
    a.reduce((sum, row) => sum + row[i]!, 0),
  ]);
  for (let pivot = 0; pivot < width; pivot++) {
    const row = system[pivot]!;
    if (Math.abs(row[pivot]!) < 1e-12) return undefined;
    for (const [i, other] of system.entries()) {
      if (i === pivot) continue;
      const factor = other[pivot]! / row[pivot]!;
      for (let j = pivot; j <= width; j++) other[j]! -= factor * row[j]!;
    }
  }
  return system.map((row, i) => row[width]! / row[i]!);
}
