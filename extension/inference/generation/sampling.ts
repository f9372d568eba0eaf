import { Random } from '../../numbers/random.ts';
import { candidates, type Filters, likeliest } from './candidates.ts';

/** How the next token is chosen from its logits. */
export interface Sampling extends Filters {
  /** 0: the likeliest token is taken, whatever `topK` and `topP` say. */
  readonly temperature: number;
  /** Logits of tokens that are there already are divided by it, negative ones multiplied; 1: nothing changes. */
  readonly repetitionPenalty: number;
  readonly seed: number;
}

/** The likeliest token at every step. */
export const greedy: Sampling = { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 0 };

/** Which draw this is: equal places of equal seeds draw the same number, whatever is generated beside them. */
interface Draw {
  /** The row's own number, not its place in a batch. */
  readonly row: number;
  readonly step: number;
}

/**
 * Chooses a token. The order is transformers': penalty, temperature, `topK`, `topP`; of equal logits the lower id comes
 * first.
 * @param logits f32[V], which the penalty may change
 * @param there the tokens so far, the prompt's included
 * @see Holtzman et al., "The Curious Case of Neural Text Degeneration", arXiv 1904.09751; Keskar et al., "CTRL",
 * arXiv 1909.05858, section 4.1
 */
export function chooseToken(logits: Float32Array, there: ReadonlySet<number>, sampling: Sampling, at: Draw): number {
  penalize(logits, there, sampling.repetitionPenalty);
  if (sampling.temperature === 0) return likeliest(logits);
  const { ids, weights } = candidates(logits, sampling);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let rest = new Random(sampling.seed, 'generate', at.row, at.step).nextFloat() * total;
  for (const [place, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return ids[place]!;
  }
  return ids[weights.findLastIndex((weight) => weight > 0)]!;
}

function penalize(logits: Float32Array, there: ReadonlySet<number>, penalty: number): void {
  if (penalty === 1) return;
  for (const id of there) logits[id] = logits[id]! > 0 ? logits[id]! / penalty : logits[id]! * penalty;
}
