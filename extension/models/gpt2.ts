import * as z from 'zod';
import { embedding } from '../nn/embedding.ts';
import { linear } from '../nn/linear.ts';
import { layerNorm } from '../nn/norm.ts';
import type { Part } from '../nn/part.ts';
import { deviation, epsilon, headProblems, layerCount, padToken, rate, tableRows, width } from './configKeys.ts';
import type { ModelDimensions } from './dimensions.ts';
import { activation } from './encoderConfig.ts';
import { headLinear } from './heads.ts';
import type { ModelFamily } from './model.ts';
import { type Placed, place, tensorsOf } from './placed.ts';
import type { TensorSource } from './tensorSource.ts';
import type { Site, TensorSpec } from './tensors.ts';

interface Gpt2Dimensions extends ModelDimensions {
  readonly ffn: number;
  readonly layerNormEpsilon: number;
  readonly padTokenId: number;
}

const config = z
  .object({
    vocab_size: tableRows,
    n_embd: width,
    n_layer: layerCount,
    n_head: width,
    n_inner: width.nullish(),
    n_positions: tableRows,
    activation_function: activation.default('gelu_new'),
    resid_pdrop: rate.default(0.1),
    attn_pdrop: rate.default(0.1),
    layer_norm_epsilon: epsilon(1e-5),
    initializer_range: deviation,
    pad_token_id: padToken(0),
  })
  .transform(
    (config): Gpt2Dimensions => ({
      architecture: 'gpt2',
      layers: config.n_layer,
      hidden: config.n_embd,
      heads: config.n_head,
      ffn: config.n_inner ?? 4 * config.n_embd,
      vocabulary: config.vocab_size,
      maxSequence: config.n_positions,
      layerNormEpsilon: config.layer_norm_epsilon,
      padTokenId: config.pad_token_id,
      initializerRange: config.initializer_range,
    }),
  );

/**
 * The parts of one block. `c_attn` makes query, key and value at once; it is declared as its three slices
 * (`c_attn.query`, `c_attn.key`, `c_attn.value`), so that methods find query and value where every other model has
 * them. Shapes are [out,in], not `Conv1D`'s [in,out]. Being pre-norm, `ln_1` and `ln_2` are named after the block that
 * they feed.
 */
function block({ hidden, ffn, layerNormEpsilon }: Gpt2Dimensions, layer: number): readonly Placed[] {
  const at = (path: string, site: Site, part: Part) => place(part, `h.${layer}.${path}`, site, layer);
  return [
    at('ln_1', 'norm.attention', layerNorm(hidden, layerNormEpsilon)),
    at('attn.c_attn.query', 'attention.query', linear(hidden, hidden)),
    at('attn.c_attn.key', 'attention.key', linear(hidden, hidden)),
    at('attn.c_attn.value', 'attention.value', linear(hidden, hidden)),
    at('attn.c_proj', 'attention.output', linear(hidden, hidden)),
    at('ln_2', 'norm.ffn', layerNorm(hidden, layerNormEpsilon)),
    at('mlp.c_fc', 'ffn.up', linear(hidden, ffn)),
    at('mlp.c_proj', 'ffn.down', linear(ffn, hidden)),
  ];
}

/** Where a block's linear layers lie: turned as `Conv1D` has them, and query, key and value side by side in `c_attn`. */
function source({ name, shape, site }: TensorSpec): TensorSource | undefined {
  if (!site.startsWith('attention.') && !site.startsWith('ffn.')) return undefined;
  const [outputs = 0, inputs] = shape;
  const part = ['query', 'key', 'value'].findIndex((part) => site === `attention.${part}`);
  const stored = name.replace(/\.(query|key|value)(?=\.)/, '');
  const width = part < 0 ? outputs : 3 * outputs;
  const slice = (axis: number) =>
    part < 0 ? {} : { slice: { axis, start: part * outputs, end: (part + 1) * outputs } };
  return inputs === undefined
    ? { name: stored, shape: [width], ...slice(0) }
    : { name: stored, shape: [inputs, width], transposed: true, ...slice(1) };
}

function notBuilt(): never {
  throw new Error('gpt2: its forward pass is not built');
}

/**
 * GPT-2, for counting only: its tensors and heads are declared, its forward pass is not built.
 * @see Radford et al., "Language Models are Unsupervised Multitask Learners", 2019
 */
export const gpt2 = {
  name: 'gpt2',
  title: 'GPT-2',
  trains: false,
  config,
  problems: headProblems,
  build: (model) => ({
    tensors: tensorsOf([
      place(embedding(model.vocabulary, model.hidden), 'wte', 'embedding.word', null),
      place(embedding(model.maxSequence, model.hidden), 'wpe', 'embedding.position', null),
      ...Array.from({ length: model.layers }, (_, layer) => block(model, layer)).flat(),
      place(layerNorm(model.hidden, model.layerNormEpsilon), 'ln_f', 'norm.final', null),
    ]),
    encode: notBuilt,
  }),
  heads: {
    // The word table is the output weights.
    'causal-lm': () => ({ readsPooler: false, rows: 'all', tensors: [], logits: notBuilt }),
    sequence: (model, outputs) => ({
      readsPooler: false,
      rows: 'all',
      tensors: tensorsOf([headLinear('score', model.hidden, outputs, { bias: false })]),
      logits: notBuilt,
    }),
    token: (model, outputs) => ({
      readsPooler: false,
      rows: 'all',
      tensors: tensorsOf([headLinear('classifier', model.hidden, outputs)]),
      logits: notBuilt,
    }),
  },
  batch: ({ padTokenId }) => ({ padTokenId, tokenTypes: 0, firstPosition: 0, padPosition: 0 }),
  checkpoint: {
    prefix: 'transformer.',
    unused: /^(lm_head|score|classifier)\.|^h\.\d+\.attn\.(bias|masked_bias)$/,
    aliases: { 'lm_head.weight': 'wte.weight' },
    source,
  },
  className: 'GPT2',
} satisfies ModelFamily<Gpt2Dimensions>;
