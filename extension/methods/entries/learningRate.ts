import type { ModelDimensions } from '../../models/model/dimensions.ts';
import type { ConfiguredMethod, Method } from '../declaration/method.ts';

/** From this width on a model counts as large. */
const largeHidden = 1024;

/** A method's own rate on a model of some width. */
export const defaultLearningRate = (
  { learningRate: { default: base, large = base } }: Pick<Method, 'learningRate'>,
  { hidden }: Pick<ModelDimensions, 'hidden'>,
): number => (hidden >= largeHidden ? large : base);

/** The rate of a method's tensors: its own option, else `training.learning_rate`, else its default for the model's size. */
export const methodLearningRate = (
  { method, learningRate }: ConfiguredMethod,
  model: Pick<ModelDimensions, 'hidden'>,
  trainingRate: number | undefined,
): number => learningRate ?? trainingRate ?? defaultLearningRate(method, model);
