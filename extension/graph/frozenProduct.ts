import { type Node, nodeOf } from './node.ts';
import type { Value } from './value.ts';

/** x·wᵀ, or dy·w on the way back. */
export type ProductDirection = 'forward' | 'backward';

/** A product with a frozen weight. */
interface FrozenProduct {
  readonly name: string;
  readonly weight: Value;
  readonly direction: ProductDirection;
}

/** Which way a node multiplies by a frozen weight, and by which; undefined for all other nodes. */
export function frozenProduct(node: Node): FrozenProduct | undefined {
  // The way back of a headLoss counts for none: it cannot be taken in fewer bits, see `leavesLogits`.
  if (node.op !== 'linear' && node.op !== 'linearInputGrad' && node.op !== 'headLoss') return undefined;
  const { weight } = node.inputs;
  const source = nodeOf(weight);
  if (source.op !== 'parameter' || source.attributes.trainable) return undefined;
  return { name: source.attributes.name, weight, direction: node.op === 'linearInputGrad' ? 'backward' : 'forward' };
}

/**
 * Whether a product on the way back begins at a loss. With thousands of classes p − 1 is one number near −1 beside
 * thousands that are together as large, and all of them 0 in bytes.
 */
export const leavesLogits = (node: Node): boolean =>
  node.op === 'linearInputGrad' && nodeOf(node.inputs.dy).op === 'crossEntropyGrad';
