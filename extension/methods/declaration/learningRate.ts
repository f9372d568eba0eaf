import type { ModelDimensions } from '../../models/dimensions.ts';
import type { ConfiguredMethod } from './method.ts';

/** From this width on a model counts as large. */
const largeHidden = 1024;

/** The rate of a method's tensors: its own option, else `training.learning_rate`, else the method's default for the model's size. */
export function methodLearningRate(
  { method, learningRate }: ConfiguredMethod,
  { hidden }: Pick<ModelDimensions, 'hidden'>,
  trainingRate: number | undefined,
): number {
  const { default: base, large = base } = method.learningRate;
  return learningRate ?? trainingRate ?? (hidden >= largeHidden ? large : base);
}
