import * as z from 'zod';
import type { ActivationName } from '../../nn/activation.ts';
import { embedding } from '../../nn/embedding.ts';
import { linear } from '../../nn/linear.ts';
import { headNorm, rmsNorm } from '../../nn/norm.ts';
import type { Part } from '../../nn/part.ts';
import type { RotaryScaling } from '../../nn/rotary.ts';
import {
  activation,
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
import type { GgufLayout } from '../model/ggufLayout.ts';
import type { BareModel, CheckpointLayout, ModelFamily } from '../model/model.ts';
import { forward, place } from '../model/placed.ts';
import type { LinearSite, NormSite } from '../model/tensors.ts';
import { causalLmHead, type DecoderBlock, decoder, scoreHead } from './decoder.ts';
import { tokenHead } from './heads.ts';
import { rotaryKeys, rotaryPositions } from './rotaryConfig.ts';
import { rotaryTables } from './rotaryTables.ts';

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
  /** Before a head for tokens. */
  readonly classifierDropout: number;
  readonly padTokenId: number;
}

const notBuilt = (what: string) => z.null({ error: `${what} are not supported` }).optional();

/** Llama's keys, which the others share. */
const gatedKeys = {
  ...unsupported,
  vocab_size: tableRows,
  hidden_size: width,
  num_hidden_layers: layerCount,
  num_attention_heads: width,
  num_key_value_heads: width.nullish(),
  head_dim: size(4_096).nullish(),
  intermediate_size: size(1_048_576),
  hidden_act: activation.default('silu'),
  ...rotaryKeys,
  initializer_range: deviation,
  rms_norm_eps: epsilon(1e-6),
  use_sliding_window: z.boolean().nullish(),
  sliding_window: tableRows.nullish(),
  max_window_layers: z.int().min(0).nullish(),
  layer_types: z
    .array(
      z.enum(['full_attention', 'sliding_attention'], {
        error: 'only "full_attention" and "sliding_attention" are supported',
      }),
    )
    .nullish(),
  attn_logit_softcapping: notBuilt('caps of attention scores'),
  final_logit_softcapping: notBuilt('caps of logits'),
  num_local_experts: notBuilt('mixtures of experts'),
  num_experts: notBuilt('mixtures of experts'),
  n_routed_experts: notBuilt('mixtures of experts'),
  kv_lora_rank: notBuilt('keys and values of low rank (MLA)'),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  attention_dropout: rate.default(0),
  classifier_dropout: rate.nullish(),
  hidden_dropout: rate.nullish(),
  tie_word_embeddings: z.boolean().default(false),
  pad_token_id: padToken(0),
};
const gatedConfig = z.object(gatedKeys);

/** What one family's config says that the keys alone do not. */
interface GatedHabits {
  readonly headNorms: boolean;
  /** Biases of query, key and value, and of attention's output, whatever `attention_bias` says. */
  readonly attentionBiases?: { readonly read: boolean; readonly output: boolean };
  /** What its configuration class takes for keys that are absent. */
  readonly usual?: { readonly num_key_value_heads?: number; readonly head_dim?: number };
  /** Whether `sliding_window` counts wherever it is not null, or only where `use_sliding_window` asks for it. */
  readonly window?: 'written' | 'asked';
}

function gatedDimensions(
  architecture: string,
  config: z.infer<typeof gatedConfig>,
  { headNorms, attentionBiases, usual = {}, window: reads }: GatedHabits,
): GatedDecoderDimensions {
  const heads = config.num_attention_heads;
  // An absent key and null differ: the one is the class's default, the other is what all classes make of nothing.
  const given = <K extends 'num_key_value_heads' | 'head_dim'>(key: K) =>
    config[key] === undefined ? usual[key] : config[key];
  const kvHeads = given('num_key_value_heads') ?? heads;
  const headWidth = given('head_dim') ?? Math.floor(config.hidden_size / heads);
  const window = windowOf(config, reads);
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
    // Texts no longer than the window are read alike with and without it.
    maxSequence: Math.min(config.max_position_embeddings, window ?? Number.POSITIVE_INFINITY),
    ...(window !== undefined && window < config.max_position_embeddings && { sequenceLimit: 'sliding_window' }),
    activation: config.hidden_act,
    normEpsilon: config.rms_norm_eps,
    ...rotaryPositions(config),
    biases: { ...biases, ffn: config.mlp_bias },
    headNorms,
    tied: config.tie_word_embeddings,
    attentionDropout: config.attention_dropout,
    classifierDropout: config.classifier_dropout ?? config.hidden_dropout ?? 0.1,
    padTokenId: config.pad_token_id,
    initializerRange: config.initializer_range,
  };
}

/** `sliding_window` and `max_window_layers` (those below read without a window) where the keys are absent. */
const usualWindow = 4_096;
const usualFullLayers = 28;

/** How many tokens one reads at most, itself included, in some layer; undefined: all before it. */
function windowOf(config: z.infer<typeof gatedConfig>, reads: GatedHabits['window']): number | undefined {
  const written = config.sliding_window === undefined ? usualWindow : (config.sliding_window ?? undefined);
  if (reads === 'written') return written;
  const slides = config.layer_types
    ? config.layer_types.includes('sliding_attention')
    : (config.max_window_layers ?? usualFullLayers) < config.num_hidden_layers;
  return reads === 'asked' && config.use_sliding_window && slides ? written : undefined;
}

/** A window that a family's classes do not have, or one without a width: its key, and the rule. */
function windowProblem(
  config: z.infer<typeof gatedConfig>,
  reads: GatedHabits['window'],
): readonly [key: string, rule: string] | undefined {
  if (reads === 'written') return undefined; // its classes read no other key
  if (reads === undefined && config.use_sliding_window) return ['use_sliding_window', 'only false is supported'];
  if (config.layer_types?.includes('sliding_attention') && windowOf(config, reads) === undefined) {
    return ['layer_types', 'only "full_attention" is supported where no sliding window is used'];
  }
  return undefined;
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

/** Llama's decoder: RMS norms, rotary positions, heads that share keys and values, a gated feed-forward network. */
function gatedDecoder(model: GatedDecoderDimensions): BareModel {
  const { hidden, layers, vocabulary, maxSequence, headWidth } = model;
  const table = place(embedding(vocabulary, hidden), words, 'embedding.word', null);
  const tables = rotaryTables('rotary', maxSequence, headWidth, {
    theta: model.rotaryTheta,
    scaling: model.rotaryScaling,
  });
  return decoder({
    ...model,
    embeddings: [table],
    blocks: Array.from({ length: layers }, (_, layer) => block(model, layer)),
    norm: place(rmsNorm(hidden, model.normEpsilon), 'norm', 'norm.final', null),
    constants: tables.constants,
    residualDropout: { attention: 0, ffn: 0 },
    embed: (context) => forward(context, table, context.input('input_ids')),
    rotate: tables.rotate,
  });
}

const checkpoint: CheckpointLayout = {
  prefix: 'model.',
  unused: /^(lm_head|score|classifier|qa_outputs)\.|^layers\.\d+\.self_attn\.rotary_emb\.inv_freq$/,
  aliases: { 'lm_head.weight': `${words}.weight` },
};

interface GatedNames extends GatedHabits {
  readonly gguf: GgufLayout<GatedDecoderDimensions>;
  readonly name: string;
  readonly title: string;
  readonly className: string;
}

/**
 * A family of Llama-like decoders.
 * @see Touvron et al., "LLaMA", arXiv 2302.13971; Grattafiori et al., "The Llama 3 Herd of Models", arXiv 2407.21783
 */
export const gatedFamily = ({ name, title, className, gguf, ...habits }: GatedNames) =>
  ({
    name,
    title,
    config: gatedConfig.transform((config, context) => {
      const [key, message] = windowProblem(config, habits.window) ?? [];
      if (key) context.addIssue({ code: 'custom', path: [key], message, input: config });
      return gatedDimensions(name, config, habits);
    }),
    problems,
    build: gatedDecoder,
    heads: { 'causal-lm': causalLmHead(words), sequence: scoreHead, token: tokenHead('classifierDropout', 'score') },
    batch: ({ padTokenId }) => ({ padTokenId, tokenTypes: 0, firstPosition: 0, padPosition: 0 }),
    checkpoint,
    className,
    gguf,
  }) satisfies ModelFamily<GatedDecoderDimensions>;
