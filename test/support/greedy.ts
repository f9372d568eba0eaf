import type { Sampling } from '../../extension/inference/generation/sampling.ts';

/** The likeliest token at every step. */
export const greedy: Sampling = { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 0 };
