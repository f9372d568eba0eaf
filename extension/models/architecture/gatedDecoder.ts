import * as z from 'zod';
import { rotary } from '../../graph/ops.ts';
import type { ActivationName } from '../../nn/activation.ts';
import { embedding } from '../../nn/embedding.ts';
import { linear } from '../../nn/linear.ts';
import { headNorm, rmsNorm } from '../../nn/norm.ts';
import type { Part } from '../../nn/part.ts';
import { type RotaryScaling, rotaryFrequencies, rotaryTable } from '../../nn/rotary.ts';
import {
  deviation,
  epsilon,
  layerCount,
  padToken,
  rate,
  size,
  tableRows,
  unsupported,
  width,
} from '../model/configKeys.ts';
import type { ModelDimensions } from '../model/dimensions.ts';
import type { BareModel, CheckpointLayout, ModelFamily } from '../model/model.ts';
import { forward, place } from '../model/placed.ts';
import type { LinearSite, NormSite } from '../model/tensors.ts';
import { causalLmHead, type DecoderBlock, decoder, scoreHead, tokenScoreHead } from './decoder.ts';

/** What the `config.json` of a Llama-like decoder says. */
export interface GatedDecoderDimensions extends ModelDimensions {
  readonly ffn: number;
  /** Heads of keys and values, each shared by several of the queries'. */
  readonly kvHeads: number;
  /** E; H·E need not be `hidden`. */
  readonly headWidth: number;
  readonly activation: ActivationName;
  readonly normEpsilon: number;
  readonly rotaryTheta: number;
  readonly rotaryScaling: RotaryScaling;
  /** Of the layers that make queries, keys and values, of the one after attention, and of the feed-forward network's. */
  readonly biases: { readonly read: boolean; readonly output: boolean; readonly ffn: boolean };
  /** Whether the heads of queries and keys have norms. */
  readonly headNorms: boolean;
  readonly tied: boolean;
  readonly attentionDropout: number;
  readonly padTokenId: number;
}

const factor = z.number().positive().max(1e6);
const scaling = z.discriminatedUnion(
  'rope_type',
  [
    z.object({ rope_type: z.literal('default') }),
    z.object({ rope_type: z.literal('linear'), factor }),
    z.object({
      rope_type: z.literal('llama3'),
      factor,
      low_freq_factor: factor,
      high_freq_factor: factor,
      original_max_position_embeddings: tableRows,
    }),
  ],
  { error: 'only default, linear and llama3 are supported' },
);
const theta = z.number().positive().max(1e12);
/** Files of transformers before 5 say `type` for `rope_type`, or nothing. */
const named = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { rope_type, type } = value as { readonly rope_type?: unknown; readonly type?: unknown };
  return { ...value, rope_type: rope_type ?? type ?? 'default' };
};

/** Llama's keys, which Qwen2 and Qwen3 share; transformers 5 writes `rope_parameters`, earlier ones the two before it. */
const gatedKeys = {
  ...unsupported,
  vocab_size: tableRows,
  hidden_size: width,
  num_hidden_layers: layerCount,
  num_attention_heads: width,
  num_key_value_heads: width.nullish(),
  head_dim: size(4_096).nullish(),
  intermediate_size: size(1_048_576),
  hidden_act: z.enum(['silu', 'gelu', 'gelu_new', 'gelu_pytorch_tanh', 'relu']).default('silu'),
  max_position_embeddings: tableRows,
  initializer_range: deviation,
  rms_norm_eps: epsilon(1e-6),
  rope_theta: theta.nullish(),
  rope_scaling: z.preprocess(named, scaling).nullish(),
  rope_parameters: z.preprocess(named, scaling.and(z.object({ rope_theta: theta.nullish() }))).nullish(),
  partial_rotary_factor: z.literal(1, { error: 'only 1 is supported' }).nullish(),
  use_sliding_window: z.literal(false, { error: 'only false is supported' }).nullish(),
  layer_types: z.array(z.literal('full_attention', { error: 'only "full_attention" is supported' })).nullish(),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  attention_dropout: rate.default(0),
  tie_word_embeddings: z.boolean().default(false),
  pad_token_id: padToken(0),
};
const gatedConfig = z.object(gatedKeys);

/** What one family's config says that the keys alone do not. */
interface GatedHabits {
  readonly headNorms: boolean;
  /** Biases of query, key and value, and of attention's output, whatever `attention_bias` says. */
  readonly attentionBiases?: { readonly read: boolean; readonly output: boolean };
}

function gatedDimensions(
  architecture: string,
  config: z.infer<typeof gatedConfig>,
  { headNorms, attentionBiases }: GatedHabits,
): GatedDecoderDimensions {
  const heads = config.num_attention_heads;
  const kvHeads = config.num_key_value_heads ?? heads;
  const headWidth = config.head_dim ?? Math.floor(config.hidden_size / heads);
  const biases = attentionBiases ?? { read: config.attention_bias, output: config.attention_bias };
  return {
    architecture,
    layers: config.num_hidden_layers,
    hidden: config.hidden_size,
    heads,
    kvHeads,
    headWidth,
    keyValueWidth: kvHeads * headWidth,
    ffn: config.intermediate_size,
    vocabulary: config.vocab_size,
    maxSequence: config.max_position_embeddings,
    activation: config.hidden_act,
    normEpsilon: config.rms_norm_eps,
    rotaryTheta: config.rope_parameters?.rope_theta ?? config.rope_theta ?? 10_000,
    rotaryScaling: scalingOf(config.rope_parameters ?? config.rope_scaling ?? { rope_type: 'default' }),
    biases: { ...biases, ffn: config.mlp_bias },
    headNorms,
    tied: config.tie_word_embeddings,
    attentionDropout: config.attention_dropout,
    padTokenId: config.pad_token_id,
    initializerRange: config.initializer_range,
  };
}

function scalingOf(config: z.infer<typeof scaling>): RotaryScaling {
  switch (config.rope_type) {
    case 'default':
      return { kind: 'none' };
    case 'linear':
      return { kind: 'linear', factor: config.factor };
    case 'llama3':
      return {
        kind: 'llama3',
        factor: config.factor,
        lowFactor: config.low_freq_factor,
        highFactor: config.high_freq_factor,
        length: config.original_max_position_embeddings,
      };
  }
}

function problems({ hidden, heads, kvHeads, headWidth }: GatedDecoderDimensions): readonly string[] {
  const found: string[] = [];
  if (heads % kvHeads !== 0) found.push(`num_key_value_heads must divide the ${heads} attention heads, got ${kvHeads}`);
  if (headWidth % 2 !== 0 || headWidth < 2) {
    found.push(`the width of a head must be even, got ${headWidth} (head_dim, else ${hidden} / ${heads} heads)`);
  }
  return found;
}

function block(model: GatedDecoderDimensions, layer: number): DecoderBlock {
  const { hidden, ffn, keyValueWidth, normEpsilon, headWidth, heads, kvHeads, biases, headNorms } = model;
  const at = <S extends LinearSite | NormSite>(path: string, site: S, part: Part) =>
    place(part, `layers.${layer}.${path}`, site, layer);
  const wide = heads * headWidth;
  const read = (outputs: number) => linear(hidden, outputs, { bias: biases.read });
  const norm = rmsNorm(hidden, normEpsilon);
  const ofHead = (count: number) => headNorm(rmsNorm(headWidth, normEpsilon), count);
  return {
    attentionNorm: at('input_layernorm', 'norm.attention', norm),
    query: at('self_attn.q_proj', 'attention.query', read(wide)),
    key: at('self_attn.k_proj', 'attention.key', read(keyValueWidth)),
    value: at('self_attn.v_proj', 'attention.value', read(keyValueWidth)),
    output: at('self_attn.o_proj', 'attention.output', linear(wide, hidden, { bias: biases.output })),
    queryNorm: headNorms ? at('self_attn.q_norm', 'norm.query', ofHead(heads)) : undefined,
    keyNorm: headNorms ? at('self_attn.k_norm', 'norm.key', ofHead(kvHeads)) : undefined,
    ffnNorm: at('post_attention_layernorm', 'norm.ffn', norm),
    gate: at('mlp.gate_proj', 'ffn.gate', linear(hidden, ffn, { bias: biases.ffn })),
    up: at('mlp.up_proj', 'ffn.up', linear(hidden, ffn, { bias: biases.ffn })),
    down: at('mlp.down_proj', 'ffn.down', linear(ffn, hidden, { bias: biases.ffn })),
  };
}

const words = 'embed_tokens';
const tables = { cosines: 'rotary.cosines', sines: 'rotary.sines' } as const;

/** Llama's decoder: RMS norms, rotary positions, heads that share keys and values, a gated feed-forward network. */
function gatedDecoder(model: GatedDecoderDimensions): BareModel {
  const { hidden, layers, vocabulary, maxSequence, headWidth } = model;
  const table = place(embedding(vocabulary, hidden), words, 'embedding.word', null);
  const constant = (name: string, of: (angle: number) => number) => ({
    name,
    shape: [maxSequence, headWidth / 2],
    values: () => rotaryTable(maxSequence, rotaryFrequencies(headWidth, model.rotaryTheta, model.rotaryScaling), of),
  });
  return decoder({
    ...model,
    embeddings: [table],
    blocks: Array.from({ length: layers }, (_, layer) => block(model, layer)),
    norm: place(rmsNorm(hidden, model.normEpsilon), 'norm', 'norm.final', null),
    constants: [constant(tables.cosines, Math.cos), constant(tables.sines, Math.sin)],
    residualDropout: 0,
    embed: (context) => forward(context, table, context.input('input_ids')),
    rotate: ({ parameter, input }, x, heads) =>
      rotary(x, input('position_ids'), parameter(tables.cosines), parameter(tables.sines), heads),
  });
}

const checkpoint: CheckpointLayout = {
  prefix: 'model.',
  unused: /^(lm_head|score|classifier|qa_outputs)\.|^layers\.\d+\.self_attn\.rotary_emb\.inv_freq$/,
  aliases: {},
};

interface GatedNames extends GatedHabits {
  readonly name: string;
  readonly title: string;
  readonly className: string;
}

/**
 * A family of Llama-like decoders.
 * @see Touvron et al., "LLaMA", arXiv 2302.13971; Grattafiori et al., "The Llama 3 Herd of Models", arXiv 2407.21783
 */
export const gatedFamily = ({ name, title, className, ...habits }: GatedNames) =>
  ({
    name,
    title,
    config: gatedConfig.transform((config) => gatedDimensions(name, config, habits)),
    problems,
    build: gatedDecoder,
    heads: { 'causal-lm': causalLmHead(words), sequence: scoreHead, token: tokenScoreHead },
    batch: ({ padTokenId }) => ({ padTokenId, tokenTypes: 0, firstPosition: 0, padPosition: 0 }),
    checkpoint,
    className,
  }) satisfies ModelFamily<GatedDecoderDimensions>;
