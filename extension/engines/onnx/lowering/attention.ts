import type { OnnxBuilder } from './builder.ts';
import type { Lowering, LoweringContext, LoweringTable } from './lowering.ts';
import { dimension, dropout, mergeHeads, splitHeads } from './nodeSequences.ts';

/** Attention and its positions. */
export const attentionLowerings = {
  attention: attentionBy((builder, query, key, scale) =>
    builder.microsoftNode('FusedMatMul', [query, key], { transB: 1, alpha: { float: scale } }),
  ),
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
