import type { RunEstimate } from '../../extension/contract/estimate.ts';

/** An estimate of two epochs with an evaluation after each. */
export const newEstimate = (extra: Partial<RunEstimate> = {}): RunEstimate => ({
  memoryBytes: 512_000_000,
  memoryParts: {
    program: 185_000_000,
    data: 1000,
    weights: 200_000_000,
    tuned: 7_000_000,
    activations: 119_999_000,
    kept: 0,
  },
  diskBytes: 2_500_000,
  totalSeconds: 245.2,
  startSeconds: 1.25,
  firstEpochSeconds: 120,
  laterEpochSeconds: 118.4,
  evaluationSeconds: 5.5,
  tokensPerSecond: 2500,
  trainingRows: 8000,
  tokensPerEpoch: 100_000,
  paddedTokensPerEpoch: 104_000,
  longestRow: 66,
  stepsPerEpoch: 500,
  totalSteps: 1000,
  evaluations: 2,
  assumptions: ['Nothing else keeps this machine busy.'],
  ...extra,
});
