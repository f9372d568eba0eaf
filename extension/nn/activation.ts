import { gelu, relu, silu } from '../graph/ops.ts';
import type { Value } from '../graph/value.ts';

/** Activation functions by the names that `config.json` has for them. */
export const activations = {
  gelu: (x) => gelu(x, 'exact'),
  gelu_new: (x) => gelu(x, 'tanh'),
  gelu_pytorch_tanh: (x) => gelu(x, 'tanh'),
  relu,
  silu,
} as const satisfies Record<string, (x: Value) => Value>;

export type ActivationName = keyof typeof activations;
