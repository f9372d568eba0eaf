import type { Value } from '../../graph/value.ts';
import type { KeyValue } from '../../nn/attention.ts';
import type { LinearSite, NormSite } from './tensors.ts';

/**
 * How tuning methods change the values that flow through a model. A model calls these at its named sites and knows
 * nothing about methods; a method supplies some of them and knows nothing about models.
 */
export interface SiteTransforms {
  /** Before a linear layer: x[…,in]. */
  linearInput?(site: LinearSite, layer: number, x: Value): Value;
  /** After a linear layer and its bias: y[…,out], and the x[…,in] that the layer read. */
  linearOutput?(site: LinearSite, layer: number, y: Value, x: Value): Value;
  /** After a norm, whose bias is in y where it has one; `layer` is null outside the blocks. */
  normOutput?(site: NormSite, layer: number | null, y: Value): Value;
  /**
   * After a block's output dense and dropout, before the residual add: h[B,·,D], and the block's own input
   * (attention: the layer's input, FFN: what `ffn.up` read), same shape.
   */
  blockOutput?(block: 'attention' | 'ffn', layer: number, h: Value, blockInput: Value): Value;
  keyValue?(layer: number, read: KeyValue): KeyValue;
  /** How far the real tokens' position ids move up (a prefix of l with shifted positions: l). */
  readonly positionShift?: number;
}

/** Several transforms as one, applied in order; position shifts add up. */
export function composeTransforms(list: readonly SiteTransforms[]): Required<SiteTransforms> {
  return {
    linearInput: (site, layer, x) => list.reduce((value, t) => t.linearInput?.(site, layer, value) ?? value, x),
    linearOutput: (site, layer, y, x) => list.reduce((value, t) => t.linearOutput?.(site, layer, value, x) ?? value, y),
    normOutput: (site, layer, y) => list.reduce((value, t) => t.normOutput?.(site, layer, value) ?? value, y),
    blockOutput: (block, layer, h, blockInput) =>
      list.reduce((value, t) => t.blockOutput?.(block, layer, value, blockInput) ?? value, h),
    keyValue: (layer, read) => list.reduce((value, t) => t.keyValue?.(layer, value) ?? value, read),
    positionShift: list.reduce((total, t) => total + (t.positionShift ?? 0), 0),
  };
}
