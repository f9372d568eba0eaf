import type { ModelDimensions } from '../../models/model/dimensions.ts';
import { showNumber } from '../../problems/showValue.ts';
import type { ConfiguredMethod, LearningRate } from '../declaration/method.ts';
import { headOnly } from '../headOnly.ts';

/** The width of most models, where a model is not known. */
export const usualWidth = { hidden: 768 };

type Defaults = Pick<LearningRate, 'default' | 'tiny' | 'small' | 'large'>;

/**
 * Default rates by the model's width D, narrowest first, each up to a width that has it no more; docs/defaults.md has the
 * sweeps behind them.
 */
function ratesByWidth({ default: base, small = base, tiny = small, large = base }: Defaults) {
  return [
    { below: 256, rate: tiny },
    { below: 512, rate: small },
    { below: 1024, rate: base },
    { below: Number.POSITIVE_INFINITY, rate: large },
  ].filter(({ rate }, i, all) => rate !== all[i + 1]?.rate);
}

const rateFor = (defaults: Defaults, { hidden }: Pick<ModelDimensions, 'hidden'>): number =>
  ratesByWidth(defaults).find(({ below }) => hidden < below)!.rate;

/** The default rates of a method, the usual one first: `5e-4 (0.003 below a width of 512, 3e-4 from 1024)`. */
export function defaultRatesText(defaults: Defaults): string {
  const all = ratesByWidth(defaults);
  const others = all.flatMap(({ below, rate }, i) => {
    if (rate === defaults.default) return [];
    return i < all.length - 1
      ? [`${showNumber(rate)} below ${below}`]
      : [`${showNumber(rate)} from ${all[i - 1]!.below}`];
  });
  const usual = showNumber(defaults.default);
  return others.length === 0 ? usual : `${usual} (${others.join(', ').replace(/(below|from)/, '$1 a width of')})`;
}

/** A method's own rate on a model of some width; without options, its usual one. */
export const defaultLearningRate = (
  { method, options }: Pick<ConfiguredMethod, 'method'> & { readonly options?: unknown },
  model: Pick<ModelDimensions, 'hidden'>,
): number => rateFor((options !== undefined && method.rateWith?.(options)) || method.learningRate, model);

/** The head's rate on a model of some width, where a config sets none. */
export const defaultHeadLearningRate = (model: Pick<ModelDimensions, 'hidden'>): number =>
  rateFor(headOnly.learningRate, model);

/** The rate of a method's tensors: its own option, else `training.learning_rate`, else its default for the model's size. */
export const methodLearningRate = (
  configured: ConfiguredMethod,
  model: Pick<ModelDimensions, 'hidden'>,
  trainingRate: number | undefined,
): number => configured.learningRate ?? trainingRate ?? defaultLearningRate(configured, model);
