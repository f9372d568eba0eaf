import type { TunedModel } from '../checkpoint/tunedModel.ts';
import type { Feeds } from '../graph/tensor.ts';
import { type LogitsModel, openLogits } from '../inference/tunedGraphs.ts';
import { formatSignificant } from '../view/figures.ts';

/** Largest difference of logits, relative to the largest logit where that exceeds 1. */
export const tolerance = 1e-4;

/** `all logits equal`, else `max difference 3.1e−6`. */
export const differenceText = (absolute: number): string =>
  absolute === 0 ? 'all logits equal' : `max difference ${formatSignificant(absolute, 2)}`;

interface Difference {
  readonly absolute: number;
  readonly relative: number;
}

/** How far the logits of a reopened model are from the tuned one's, at tokens that are not padding. */
export async function compareLogits(
  tuned: TunedModel,
  reopened: LogitsModel,
  feeds: readonly Feeds[],
  given: LogitsModel | undefined,
): Promise<Difference> {
  const reference = given ?? (await openLogits(tuned));
  try {
    let absolute = 0;
    let largest = 1;
    for (const batch of feeds) {
      const expected = await reference.logits(batch);
      const got = await reopened.logits(batch);
      if (expected.shape.join() !== got.shape.join()) return { absolute: Number.NaN, relative: Number.NaN };
      // Padded tokens' own logits mean nothing, and programs give padding other positions.
      const [rows = 1] = expected.shape;
      const mask = expected.shape.length === 3 ? batch.attention_mask?.data : undefined;
      const perToken = expected.data.length / (mask?.length ?? rows);
      for (let i = 0; i < expected.data.length; i++) {
        if (mask && Number(mask[Math.floor(i / perToken)]) === 0) continue;
        const value = Number(expected.data[i]);
        const difference = Math.abs(value - Number(got.data[i]));
        if (difference > absolute || Number.isNaN(difference)) absolute = difference; // and NaN stays
        largest = Math.max(largest, Math.abs(value));
      }
    }
    return { absolute, relative: absolute / largest };
  } finally {
    if (!given) await reference.close();
  }
}
