import type { Value } from '../graph/value.ts';

type Layer = (x: Value) => Value;

/** down(activation(up(x))); its layers are functions, so that whoever builds a model may stand between them. */
export const feedForward = (
  { up, down, activation }: { readonly up: Layer; readonly down: Layer; readonly activation: Layer },
  x: Value,
): Value => down(activation(up(x)));
