import type { OnnxBuilder } from './builder.ts';
import type { Lowering, LoweringContext, LoweringTable } from './lowering.ts';
import { dimension, dropout, mergeHeads, splitHeads } from './nodeSequences.ts';

/** Attention and its positions. */
export const attentionLowerings = {
  attention: attentionBy((builder, query, key, scale) =>
    builder.microsoftNode('FusedMatMul', [query, key], { transB: 1, alpha: { float: scale } }),
  ),
  cachedAttention: (context) =>
    // The kernel takes heads in eights of numbers.
    headWidth(context) % 8 === 0 ? groupQueryAttention(context) : joinedAttention(context),
  rotary: ({ node, builder, inputs: { x, positions, cosines, sines }, shared }) => {
    const { heads, inverse } = node.attributes;
    const [width, half] = [node.inputs.x.shape.at(-1) as number, node.inputs.cosines.shape.at(-1) as number];
    const signed = inverse ? shared(`−${sines}`, () => builder.node('Neg', [sines])) : sines;
    // 0: the head is turned as a whole.
    const turned = 2 * half * heads === width ? 0 : 2 * half;
    const attributes = { interleaved: 0, num_heads: heads, rotary_embedding_dim: turned };
    return builder.microsoftNode('RotaryEmbedding', [x, positions, cosines, signed], attributes);
  },
} satisfies Partial<LoweringTable>;

/**
 * Softmax(scale·Q·Kᵀ + mask)·V with dropout on the probabilities. The queries of heads that share a key stand below
 * each other, as one longer query: keys and values are never repeated.
 * @param products writes scale·Q·Kᵀ: query[B,G,·,E], key[B,G,T,E] → [B,G,·,T]
 */
export function attentionBy(
  products: (builder: OnnxBuilder, query: string, key: string, scale: number) => string,
): Lowering<'attention'> {
  return (context) => {
    const { node, builder, inputs } = context;
    const { heads, kvHeads = heads, scale, rate, site } = node.attributes;
    // A view of the same numbers: between the query's heads and those of the keys, the last axis as it is.
    const regrouped = (x: string, to: number, last = 0) =>
      kvHeads === heads ? x : builder.node('Reshape', [x, builder.integers([0, to, -1, last])]);
    const split = (name: 'query' | 'key' | 'value', count: number) =>
      splitHeads(builder, inputs[name], count, node.inputs[name]);
    const query = regrouped(split('query', heads), kvHeads); // [B,G,·,E]
    const [key, value] = [split('key', kvHeads), split('value', kvHeads)]; // [B,G,T,E]
    const mask = attentionMask(context);
    const scores = builder.node('Add', [regrouped(products(builder, query, key, scale), heads), mask]);
    const probabilities = builder.node('Softmax', [scores], { axis: -1 }); // [B,H,Q,T]
    const merged = (weights: string) => {
      const mixed = builder.node('MatMul', [regrouped(weights, kvHeads), value]);
      return mergeHeads(builder, regrouped(mixed, heads), node.outputs.y);
    };
    if (rate === undefined || site === undefined || inputs.offsets === undefined) {
      return { y: merged(probabilities), probabilities };
    }
    const dropped = dropout(context, probabilities, node.outputs.probabilities, inputs.offsets, { rate, site });
    return { y: merged(dropped.y), probabilities, kept: dropped.kept };
  };
}

/** Added to the score of a key that comes later than the query: far below any real score, yet finite. */
const later = -1e9;

/** What is added to the scores, of a shape that broadcasts to [B,H,Q,T]; a causal one is made once for all blocks. */
function attentionMask({ node, builder, inputs, shared }: LoweringContext<'attention'>): string {
  const { query, key, mask } = node.inputs;
  const given = () =>
    mask.shape.length === 4 ? inputs.mask : builder.node('Unsqueeze', [inputs.mask, builder.integers([1, 2])]); // [B,1,1,T]
  if (!node.attributes.causal) return given();
  const [queries, keys] = [query.shape[1]!, key.shape[1]!];
  const sums = `causal [${queries},${keys}]`;
  const causal = () => {
    const rows = dimension(builder, inputs.query, 1, queries);
    const columns = dimension(builder, inputs.key, 1, keys);
    const all = builder.node('Expand', [builder.float(later), builder.node('Concat', [rows, columns], { axis: 0 })]);
    // Keys before the queries, a prefix or a past, are read by all of them.
    const before = builder.node('Squeeze', [builder.node('Sub', [columns, rows]), builder.integers([0])]);
    return builder.node('Trilu', [all, builder.node('Add', [before, builder.integers(1)])]); // [Q,T]
  };
  return shared(`${sums} + ${inputs.mask}`, () => builder.node('Add', [given(), shared(sums, causal)]));
}

const headWidth = ({ node }: LoweringContext<'cachedAttention'>): number => node.inputs.pastKey.shape[3] as number;

/** One kernel; its copies of the grown cache are not looked at. */
function groupQueryAttention({ node, builder, inputs, shared }: LoweringContext<'cachedAttention'>): string {
  const { heads, kvHeads, scale } = node.attributes;
  const { query, key, value, pastKey, pastValue, filled } = inputs;
  const int32 = 6;
  const tokens = node.inputs.query.shape[1]!;
  // Number of each row's last key, and how many keys the longest row has.
  const last = shared(`last of ${filled} + ${tokens}`, () => {
    const more = builder.node('Sub', [dimension(builder, query, 1, tokens), builder.integers([1])]);
    return builder.node('Cast', [builder.node('Add', [filled, more])], { to: int32 });
  });
  const total = shared(`total of ${filled} + ${tokens}`, () => {
    const one = builder.node('Cast', [builder.integers(1)], { to: int32 });
    return builder.node('Add', [builder.node('ReduceMax', [last], { keepdims: 0 }), one]);
  });
  const attributes = { num_heads: heads, kv_num_heads: kvHeads, scale: { float: scale }, do_rotary: 0 };
  const given = [query, key, value, pastKey, pastValue, last, total];
  return builder.nodeWithResults('GroupQueryAttention', given, 3, attributes, 'com.microsoft')[0];
}

/** The same in plain nodes: the whole cache and the new tokens are one row of keys, of which a mask hides some. */
function joinedAttention(context: LoweringContext<'cachedAttention'>): string {
  const { node, builder, inputs } = context;
  const { heads, kvHeads, scale } = node.attributes;
  const regrouped = (x: string, to: number) => builder.node('Reshape', [x, builder.integers([0, to, -1, 0])]);
  const joined = (past: 'pastKey' | 'pastValue', own: 'key' | 'value') =>
    builder.node('Concat', [inputs[past], splitHeads(builder, inputs[own], kvHeads, node.inputs[own])], { axis: 2 });
  const query = regrouped(splitHeads(builder, inputs.query, heads, node.inputs.query), kvHeads); // [B,G,·,E]
  const key = joined('pastKey', 'key'); // [B,G,C+S,E]
  const products = builder.microsoftNode('FusedMatMul', [query, key], { transB: 1, alpha: { float: scale } });
  const scores = builder.node('Add', [regrouped(products, heads), cacheMask(context)]);
  const probabilities = regrouped(builder.node('Softmax', [scores], { axis: -1 }), kvHeads); // [B,G,·,C+S]
  const mixed = builder.node('MatMul', [probabilities, joined('pastValue', 'value')]);
  return mergeHeads(builder, regrouped(mixed, heads), node.outputs.y);
}

/** Hides what a row's cache does not have yet, and later tokens: [B,1,S,C+S], made once for all blocks. */
function cacheMask({ node, builder, inputs, shared }: LoweringContext<'cachedAttention'>): string {
  const { filled, query, pastKey } = inputs;
  const [tokens, capacity] = [node.inputs.query.shape[1]!, node.inputs.pastKey.shape[2]!];
  return shared(`mask of ${filled} [${tokens},${capacity}]`, () => {
    const [rows, columns] = [dimension(builder, query, 1, tokens), dimension(builder, pastKey, 2, capacity)];
    const [zero, one] = [builder.integers(0), builder.integers(1)];
    const end = builder.node('Squeeze', [columns, builder.integers([0])]);
    const places = builder.node('Range', [zero, end, one]); // [C]
    const there = builder.node('Less', [places, builder.node('Unsqueeze', [filled, builder.integers([1, 2, 3])])]);
    const missing = builder.node('Cast', [builder.node('Not', [there])], { to: 1 }); // [B,1,1,C]
    const list = (...sizes: readonly string[]) => builder.node('Concat', [...sizes], { axis: 0 });
    const leading = [builder.node('Shape', [filled]), builder.integers([1]), rows];
    const past = builder.node('Expand', [
      builder.node('Mul', [missing, builder.float(later)]),
      list(...leading, columns),
    ]);
    const square = builder.node('Expand', [builder.float(later), list(rows, rows)]);
    const own = builder.node('Expand', [builder.node('Trilu', [square, one]), list(...leading, rows)]);
    return builder.node('Concat', [past, own], { axis: 3 });
  });
}
