import * as z from 'zod';

const count = z.number().int().nonnegative();
const amount = z.number().nonnegative();

/** What a run will need, told before anything is trained: `peft-lab estimate --json`. */
export const runEstimate = z.object({
  /** Largest resident memory of the process that trains. */
  memoryBytes: count,
  memoryParts: z.object({
    /** The program, its engine and the tokeniser. */
    program: count,
    /** Rows held in memory. */
    data: count,
    /** Frozen weights as the engine keeps them. */
    weights: count,
    /** Tuned tensors with gradients, optimizer state and the copies made for checkpoints. */
    tuned: count,
    /** Values alive at once within a step and an evaluation, at the greatest length. */
    activations: count,
    /** Activations kept between epochs. */
    kept: count,
  }),
  /** What the run's folder keeps. */
  diskBytes: count,
  /** From the command to its end. */
  totalSeconds: amount,
  /** From the command to the first step. */
  startSeconds: amount,
  /** Training steps of the first epoch, evaluations aside. */
  firstEpochSeconds: amount,
  /** The same of a later epoch, which may find activations kept; as the first where there is one only. */
  laterEpochSeconds: amount,
  /** All evaluations together. */
  evaluationSeconds: amount,
  /** Real tokens a second over all training steps. */
  tokensPerSecond: amount,
  trainingRows: count,
  tokensPerEpoch: count,
  /** Tokens with the padding of the batches. */
  paddedTokensPerEpoch: count,
  longestRow: count,
  stepsPerEpoch: count,
  totalSteps: count,
  evaluations: count,
  /** What the figures take for granted, in sentences. */
  assumptions: z.array(z.string()),
});
export type RunEstimate = z.infer<typeof runEstimate>;
