import { multiply } from '../graph/ops.ts';
import type { Value } from '../graph/value.ts';

type Layer = (x: Value) => Value;

/**
 * down(activation(up(x))), or with a gate down(activation(gate(x)) ⊙ up(x)). Its layers are functions, so that whoever
 * builds a model may stand between them.
 * @see Shazeer, "GLU Variants Improve Transformer", arXiv 2002.05202
 */
export function feedForward(
  { up, down, gate, activation }: { readonly [L in 'up' | 'down' | 'activation']: Layer } & { readonly gate?: Layer },
  x: Value,
): Value {
  return down(gate ? multiply(activation(gate(x)), up(x)) : activation(up(x)));
}
