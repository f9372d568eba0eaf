/**
 * Sums over pairs of a true and a predicted number, each of both less an origin in the middle of its column: about zero, their
 * squares would drown what they differ by. Correlation and squared error follow from them.
 */
export interface PairSums {
  readonly count: number;
  /** Σt, Σp, Σt², Σp², Σtp. */
  readonly truth: number;
  readonly predicted: number;
  readonly truthSquares: number;
  readonly predictedSquares: number;
  readonly products: number;
  /** Origin of the predicted numbers minus that of the true ones. */
  readonly shift: number;
}
