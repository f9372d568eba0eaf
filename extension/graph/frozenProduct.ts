import { type Node, nodeOf } from './node.ts';
import type { Value } from './value.ts';

/** x·wᵀ, or dy·w on the way back. */
export type ProductDirection = 'forward' | 'backward';

/** A product with a frozen weight. */
export interface FrozenProduct {
  readonly name: string;
  readonly weight: Value;
  readonly direction: ProductDirection;
}

/** Which way a node multiplies by a frozen weight, and by which; undefined for all other nodes. */
export function frozenProduct(node: Node): FrozenProduct | undefined {
  if (node.op !== 'linear' && node.op !== 'linearInputGrad') return undefined;
  const { weight } = node.inputs;
  const source = nodeOf(weight);
  if (source.op !== 'parameter' || source.attributes.trainable) return undefined;
  return { name: source.attributes.name, weight, direction: node.op === 'linear' ? 'forward' : 'backward' };
}
