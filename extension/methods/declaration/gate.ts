import * as z from 'zod';
import { linear, sigmoid } from '../../graph/ops.ts';
import type { Value } from '../../graph/value.ts';
import type { TensorSpec } from '../../models/model/tensors.ts';
import type { AddedTensor } from './method.ts';

/**
 * The option `gated`, alike in every method that has gates. Absent where it is off, as in runs of before: so seeds of old
 * and new runs are still one group.
 */
export const gatedOption = z
  .boolean()
  .optional()
  .describe(
    'A learned gate σ(w·x + b) between 0 and 1, read off the hidden states, says how much of the method counts (UniPELT, ' +
      'arXiv 2110.07577): for each token, of a prefix for each text. Begins near ½. Only ONNX and native exports hold it. Default: false.',
  );

/** Why a gated method cannot be folded into weights. */
export const gateObstacle = 'its gates depend on what is read: no fixed weight of the model equals it';

/** w[1,D] and b[1] of a gate that reads x[…,D]: near ½ at first. */
export const gateTensors = (
  path: string,
  width: number,
  place: Pick<TensorSpec, 'site' | 'layer'> & { readonly part?: string },
): readonly AddedTensor[] => [
  {
    ...{ ...place, name: `${path}.weight`, shape: [1, width], role: 'weight' },
    initializer: { kind: 'normal', deviation: 0.02 },
  },
  { ...place, name: `${path}.bias`, shape: [1], role: 'bias', initializer: { kind: 'zeros' } },
];

/** σ(w·x + b): x[…,D] → […,1]. */
export const gateOf = (parameter: (name: string) => Value, path: string, x: Value): Value =>
  sigmoid(linear(x, parameter(`${path}.weight`), parameter(`${path}.bias`)));
