import type { ConfiguredMethod } from '../../methods/declaration/method.ts';
import type { ModelDimensions } from '../../models/model/dimensions.ts';

/** Small encoders are rarely tuned on longer texts, which cost the square of their length. */
export const usualMaxLength = 128;

/** Positions that a method takes from the text. */
export const shiftOf = ({ method, options }: ConfiguredMethod): number => method.positions?.taken(options) ?? 0;

/**
 * `data.max_length` where it is not set: min(128, positions − Σ prefix lengths), positions being the rows of the
 * position table that tokens can take. At least 2: what leaves less is refused by the checks.
 */
export function defaultMaxLength(methods: readonly ConfiguredMethod[], model: ModelDimensions): number {
  const shift = methods.reduce((sum, method) => sum + shiftOf(method), 0);
  return Math.max(2, Math.min(usualMaxLength, model.maxSequence - shift));
}
