import type { Node } from './value.ts';

/** x·wᵀ, or dy·w on the way back. */
export type ProductDirection = 'forward' | 'backward';

const directions: Readonly<Record<string, ProductDirection>> = { linear: 'forward', linearInputGrad: 'backward' };

/** Which way a node multiplies by a frozen weight, and by which; undefined for all other nodes. */
export function frozenProduct(node: Node): { readonly name: string; readonly direction: ProductDirection } | undefined {
  const direction = directions[node.op];
  const weight = node.inputs[1]?.node;
  if (!direction || weight?.op !== 'parameter') return undefined;
  const { name, trainable } = (weight as Node<'parameter'>).attributes;
  return trainable ? undefined : { name, direction };
}
