import * as ops from '../graph/ops.ts';
import type { Value } from '../graph/value.ts';

/** Bytes of logits that are there at once: enough rows for a fast product. */
const logitBytes = 32e6;
/** With more rows than fit into so many chunks, the chunks grow: each is some calls of kernels more. */
const mostChunks = 8;
/** Rows of a usual batch: where all their logits are small, they are not divided. */
const manyRows = 1024;

/**
 * Summed cross entropy of hidden states x[M,D] times a frozen head weight[V,D], and how many labels are predicted right;
 * logits are made chunk by chunk, and none outlives its own.
 */
export function headLoss(
  x: Value,
  weight: Value,
  labels: Value,
  smoothing: number,
): { readonly loss: Value; readonly correct: Value } {
  const leastRows = Math.max(1, Math.floor(logitBytes / (4 * (weight.shape[0] as number))));
  const chunks = Math.min(mostChunks, Math.ceil(manyRows / leastRows));
  return ops.headLoss(x, weight, labels, { chunks, leastRows, smoothing });
}
