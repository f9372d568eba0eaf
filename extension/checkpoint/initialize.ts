import { elements } from '../graph/tensor.ts';
import type { DrawnInitializer } from '../methods/declaration/method.ts';
import type { ModelDimensions } from '../models/model/dimensions.ts';
import type { TensorSpec } from '../models/model/tensors.ts';
import { Random } from '../numbers/random.ts';

/**
 * The first values of a new tensor, f32[shape], determined by the seed and the tensor's name: the same tensor gets the
 * same values whatever else is tuned beside it.
 */
export function initialValues(
  spec: Pick<TensorSpec, 'name' | 'shape'>,
  initializer: DrawnInitializer,
  seed: number,
): Float32Array {
  const values = new Float32Array(elements(spec.shape));
  const random = new Random(seed, 'initialize', spec.name);
  switch (initializer.kind) {
    case 'zeros':
      return values;
    case 'ones':
      return values.fill(1);
    case 'normal':
      return values.map(() => initializer.deviation * random.nextNormal());
    case 'uniform':
      return values.map(() => initializer.bound * (2 * random.nextFloat() - 1));
  }
}

/** How Hugging Face models begin: weights N(0, initializer_range), biases 0, gains 1. */
export function modelInitializer(model: ModelDimensions, spec: TensorSpec): DrawnInitializer {
  switch (spec.role) {
    case 'bias':
      return { kind: 'zeros' };
    case 'gain':
      return { kind: 'ones' };
    case 'weight':
    case 'table':
      return { kind: 'normal', deviation: model.initializerRange };
  }
}
