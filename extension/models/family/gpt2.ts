import * as z from 'zod';
import { add } from '../../graph/ops.ts';
import type { ActivationName } from '../../nn/activation.ts';
import { embedding } from '../../nn/embedding.ts';
import { linear } from '../../nn/linear.ts';
import { layerNorm } from '../../nn/norm.ts';
import type { Part } from '../../nn/part.ts';
import { causalLmHead, type DecoderBlock, decoder, scoreHead } from '../architecture/decoder.ts';
import { tokenHead } from '../architecture/heads.ts';
import {
  activation,
  deviation,
  epsilon,
  headProblems,
  layerCount,
  padToken,
  rate,
  tableRows,
  width,
} from '../model/configKeys.ts';
import type { ModelDimensions } from '../model/dimensions.ts';
import { type GgufLayout, real, whole } from '../model/ggufLayout.ts';
import type { BareModel, ModelFamily } from '../model/model.ts';
import { forward, place } from '../model/placed.ts';
import type { TensorSource } from '../model/tensorSource.ts';
import type { LinearSite, NormSite, TensorSpec } from '../model/tensors.ts';

interface Gpt2Dimensions extends ModelDimensions {
  readonly ffn: number;
  readonly activation: ActivationName;
  readonly layerNormEpsilon: number;
  readonly embeddingDropout: number;
  readonly residualDropout: number;
  readonly attentionDropout: number;
  readonly classifierDropout: number;
  /** Whether scores are divided by √E, and by the block's number, from 1. */
  readonly scalesScores: boolean;
  readonly scalesByLayer: boolean;
  readonly tied: boolean;
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
    embd_pdrop: rate.default(0.1),
    resid_pdrop: rate.default(0.1),
    attn_pdrop: rate.default(0.1),
    classifier_dropout: rate.nullish(),
    hidden_dropout: rate.nullish(),
    layer_norm_epsilon: epsilon(1e-5),
    initializer_range: deviation,
    scale_attn_weights: z.boolean().default(true),
    scale_attn_by_inverse_layer_idx: z.boolean().default(false),
    tie_word_embeddings: z.boolean().default(true),
    pad_token_id: padToken(0),
  })
  .transform(
    (config): Gpt2Dimensions => ({
      architecture: 'gpt2',
      layers: config.n_layer,
      hidden: config.n_embd,
      heads: config.n_head,
      keyValueWidth: config.n_embd,
      ffn: config.n_inner ?? 4 * config.n_embd,
      vocabulary: config.vocab_size,
      maxSequence: config.n_positions,
      activation: config.activation_function,
      layerNormEpsilon: config.layer_norm_epsilon,
      embeddingDropout: config.embd_pdrop,
      residualDropout: config.resid_pdrop,
      attentionDropout: config.attn_pdrop,
      classifierDropout: config.classifier_dropout ?? config.hidden_dropout ?? 0.1,
      scalesScores: config.scale_attn_weights,
      scalesByLayer: config.scale_attn_by_inverse_layer_idx,
      tied: config.tie_word_embeddings,
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
function block({ hidden, ffn, layerNormEpsilon }: Gpt2Dimensions, layer: number): DecoderBlock {
  const at = <S extends LinearSite | NormSite>(path: string, site: S, part: Part) =>
    place(part, `h.${layer}.${path}`, site, layer);
  return {
    attentionNorm: at('ln_1', 'norm.attention', layerNorm(hidden, layerNormEpsilon)),
    query: at('attn.c_attn.query', 'attention.query', linear(hidden, hidden)),
    key: at('attn.c_attn.key', 'attention.key', linear(hidden, hidden)),
    value: at('attn.c_attn.value', 'attention.value', linear(hidden, hidden)),
    output: at('attn.c_proj', 'attention.output', linear(hidden, hidden)),
    ffnNorm: at('ln_2', 'norm.ffn', layerNorm(hidden, layerNormEpsilon)),
    up: at('mlp.c_fc', 'ffn.up', linear(hidden, ffn)),
    down: at('mlp.c_proj', 'ffn.down', linear(ffn, hidden)),
  };
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

const words = 'wte';

function build(model: Gpt2Dimensions): BareModel {
  const { hidden, heads, layers, vocabulary, maxSequence } = model;
  const table = place(embedding(vocabulary, hidden), words, 'embedding.word', null);
  const positions = place(embedding(maxSequence, hidden), 'wpe', 'embedding.position', null);
  return decoder({
    ...model,
    embeddings: [table, positions],
    blocks: Array.from({ length: layers }, (_, layer) => block(model, layer)),
    norm: place(layerNorm(hidden, model.layerNormEpsilon), 'ln_f', 'norm.final', null),
    residualDropout: { attention: model.residualDropout, ffn: model.residualDropout },
    embed(context) {
      const read = forward(context, table, context.input('input_ids'));
      const placed = add(read, forward(context, positions, context.input('position_ids')));
      return context.dropout.apply(placed, model.embeddingDropout);
    },
    queryScale: (layer) => (model.scalesScores ? 1 : Math.sqrt(hidden / heads)) / (model.scalesByLayer ? layer + 1 : 1),
  });
}

const gguf: GgufLayout<Gpt2Dimensions> = {
  architecture: 'gpt2',
  keys: (model) => ({
    vocab_size: whole(model.vocabulary),
    context_length: whole(model.maxSequence),
    embedding_length: whole(model.hidden),
    block_count: whole(model.layers),
    feed_forward_length: whole(model.ffn),
    'attention.head_count': whole(model.heads),
    'attention.layer_norm_epsilon': real(model.layerNormEpsilon),
  }),
  obstacle: ({ activation, scalesScores, scalesByLayer }) => {
    if (!['gelu_new', 'gelu_pytorch_tanh'].includes(activation))
      return `an activation of ${activation}; llama.cpp computes gelu_new`;
    return scalesScores && !scalesByLayer ? undefined : 'scores of attention that are scaled in a way of their own';
  },
  fusesAttention: true,
};

/**
 * GPT-2.
 * @see Radford et al., "Language Models are Unsupervised Multitask Learners", 2019
 */
export const gpt2 = {
  name: 'gpt2',
  title: 'GPT-2',
  config,
  problems: headProblems,
  build,
  heads: {
    'causal-lm': causalLmHead(words),
    sequence: scoreHead,
    token: tokenHead('classifierDropout'),
  },
  batch: ({ padTokenId }) => ({ padTokenId, tokenTypes: 0, firstPosition: 0, padPosition: 0 }),
  checkpoint: {
    prefix: 'transformer.',
    unused: /^(lm_head|score|classifier)\.|^h\.\d+\.attn\.(bias|masked_bias)$/,
    aliases: { 'lm_head.weight': `${words}.weight` },
    source,
  },
  className: 'GPT2',
  gguf,
  classNames: { 'causal-lm': 'GPT2LMHeadModel' },
} satisfies ModelFamily<Gpt2Dimensions>;
