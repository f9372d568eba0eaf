import type { ModelDimensions } from '../../models/model/dimensions.ts';
import type { ConfiguredMethod, LearningRate } from '../declaration/method.ts';

/** Below this width a model counts as small, from the other on as large. */
const [smallHidden, largeHidden] = [512, 1024];

const rateFor = (
  { default: base, small = base, large = base }: Pick<LearningRate, 'default' | 'small' | 'large'>,
  { hidden }: Pick<ModelDimensions, 'hidden'>,
): number => (hidden < smallHidden ? small : hidden < largeHidden ? base : large);

/** A method's own rate on a model of some width; without options, its usual one. */
export const defaultLearningRate = (
  { method, options }: Pick<ConfiguredMethod, 'method'> & { readonly options?: unknown },
  model: Pick<ModelDimensions, 'hidden'>,
): number => rateFor((options !== undefined && method.rateWith?.(options)) || method.learningRate, model);

/** The head's rate on a model of some width, where a config sets none. */
export const defaultHeadLearningRate = (model: Pick<ModelDimensions, 'hidden'>): number =>
  rateFor({ default: 1e-3, small: 3e-3 }, model);

/** The rate of a method's tensors: its own option, else `training.learning_rate`, else its default for the model's size. */
export const methodLearningRate = (
  configured: ConfiguredMethod,
  model: Pick<ModelDimensions, 'hidden'>,
  trainingRate: number | undefined,
): number => configured.learningRate ?? trainingRate ?? defaultLearningRate(configured, model);
