import * as z from 'zod';
import { divide, multiply, linear as product, reshape, sum, toFloat } from '../../graph/ops.ts';
import type { Value } from '../../graph/value.ts';
import { type ActivationName, activations } from '../../nn/activation.ts';
import { windowScores, withScores } from '../../nn/attention.ts';
import { embedding } from '../../nn/embedding.ts';
import { linear } from '../../nn/linear.ts';
import { layerNorm } from '../../nn/norm.ts';
import type { Part } from '../../nn/part.ts';
import { type DecoderBlock, decoder } from '../architecture/decoder.ts';
import { firstToken } from '../architecture/encoder.ts';
import { headLinear } from '../architecture/heads.ts';
import { rotaryTables } from '../architecture/rotaryTables.ts';
import {
  activation,
  deviation,
  epsilon,
  headProblems,
  layerCount,
  padToken,
  rate,
  size,
  tableRows,
  unsupported,
  width,
} from '../model/configKeys.ts';
import type { ModelDimensions } from '../model/dimensions.ts';
import type { BareModel, Head, ModelFamily } from '../model/model.ts';
import { forward, place, tensorsOf, throughNorm } from '../model/placed.ts';
import type { TensorSource } from '../model/tensorSource.ts';
import type { LinearSite, NormSite, TensorSpec } from '../model/tensors.ts';

/** Which tokens a block reads, by the words of `config.json`. */
const kinds = ['full_attention', 'sliding_attention'] as const;
type BlockKind = (typeof kinds)[number];

interface ModernBertDimensions extends ModelDimensions {
  readonly ffn: number;
  readonly activation: ActivationName;
  /** Of each block. */
  readonly kinds: readonly BlockKind[];
  /** How far a block with sliding attention reads on either side. */
  readonly reach: number;
  readonly theta: Readonly<Record<BlockKind, number>>;
  readonly normEpsilon: number;
  readonly biases: Readonly<Record<'attention' | 'ffn' | 'norm' | 'classifier' | 'decoder', boolean>>;
  readonly dropouts: Readonly<Record<'embedding' | 'attention' | 'ffn' | 'classifier', number>>;
  readonly pooling: 'cls' | 'mean';
  readonly classifierActivation: ActivationName;
  readonly padTokenId: number;
}

const theta = z.number().gt(1).max(1e12);
const positions = (usual: number) =>
  z
    .object({
      rope_type: z.literal('default', { error: 'only "default" is supported' }).optional(),
      rope_theta: theta.default(usual),
    })
    .optional();
const usualTheta = { full_attention: 160_000, sliding_attention: 10_000 } as const;

const config = z
  .object({
    ...unsupported,
    vocab_size: tableRows,
    hidden_size: width,
    intermediate_size: width,
    num_hidden_layers: layerCount,
    num_attention_heads: width,
    max_position_embeddings: tableRows,
    hidden_activation: activation.default('gelu'),
    norm_eps: epsilon(1e-5),
    norm_bias: z.boolean().default(false),
    attention_bias: z.boolean().default(false),
    mlp_bias: z.boolean().default(false),
    classifier_bias: z.boolean().default(false),
    decoder_bias: z.boolean().default(true),
    embedding_dropout: rate.default(0),
    attention_dropout: rate.default(0),
    mlp_dropout: rate.default(0),
    classifier_dropout: rate.default(0),
    classifier_pooling: z.enum(['cls', 'mean']).default('cls'),
    classifier_activation: activation.default('gelu'),
    layer_types: z
      .array(z.enum(kinds, { error: `only ${kinds.map((kind) => `"${kind}"`).join(' and ')} are supported` }))
      .nullish(),
    global_attn_every_n_layers: size(1_024).default(3),
    local_attention: size(16_777_216).default(128),
    global_rope_theta: theta.default(usualTheta.full_attention),
    local_rope_theta: theta.default(usualTheta.sliding_attention),
    rope_scaling: z.null({ error: 'stretched positions are not supported' }).optional(),
    rope_parameters: z
      .object({
        full_attention: positions(usualTheta.full_attention),
        sliding_attention: positions(usualTheta.sliding_attention),
      })
      .nullish(),
    initializer_range: deviation,
    pad_token_id: padToken(50_283),
  })
  .transform((config): ModernBertDimensions => {
    const { num_hidden_layers: layers, global_attn_every_n_layers: period, rope_parameters: written } = config;
    const usual = Array.from({ length: layers }, (_, layer) => kinds[layer % period === 0 ? 0 : 1]);
    return {
      architecture: 'modernbert',
      layers,
      hidden: config.hidden_size,
      heads: config.num_attention_heads,
      keyValueWidth: config.hidden_size,
      ffn: config.intermediate_size,
      vocabulary: config.vocab_size,
      maxSequence: config.max_position_embeddings,
      activation: config.hidden_activation,
      kinds: config.layer_types ?? usual,
      reach: Math.floor(config.local_attention / 2),
      theta: {
        full_attention: written?.full_attention?.rope_theta ?? config.global_rope_theta,
        sliding_attention: written?.sliding_attention?.rope_theta ?? config.local_rope_theta,
      },
      normEpsilon: config.norm_eps,
      biases: {
        attention: config.attention_bias,
        ffn: config.mlp_bias,
        norm: config.norm_bias,
        classifier: config.classifier_bias,
        decoder: config.decoder_bias,
      },
      dropouts: {
        embedding: config.embedding_dropout,
        attention: config.attention_dropout,
        ffn: config.mlp_dropout,
        classifier: config.classifier_dropout,
      },
      pooling: config.classifier_pooling,
      classifierActivation: config.classifier_activation,
      padTokenId: config.pad_token_id,
      initializerRange: config.initializer_range,
    };
  });

function problems(model: ModernBertDimensions): readonly string[] {
  const { hidden, heads, layers, kinds } = model;
  const found = [...headProblems(model)];
  if (found.length === 0 && (hidden / heads) % 2 !== 0) {
    found.push(`the width of a head must be even, got ${hidden / heads} (${hidden} / ${heads} heads)`);
  }
  if (kinds.length !== layers) found.push(`layer_types must name each of the ${layers} layers, got ${kinds.length}`);
  return found;
}

const norm = ({ hidden, normEpsilon, biases }: ModernBertDimensions) =>
  layerNorm(hidden, normEpsilon, { bias: biases.norm });

/**
 * The parts of one block. `Wqkv` makes query, key and value at once, `Wi` what is activated and what it is multiplied
 * with; they are declared as their slices. Before the first block stands the norm of the embeddings.
 */
function block(model: ModernBertDimensions, layer: number): DecoderBlock {
  const { hidden, ffn, biases } = model;
  const at = <S extends LinearSite | NormSite>(path: string, site: S, part: Part) =>
    place(part, `layers.${layer}.${path}`, site, layer);
  const attention = linear(hidden, hidden, { bias: biases.attention });
  const wide = linear(hidden, ffn, { bias: biases.ffn });
  return {
    attentionNorm: layer === 0 ? undefined : at('attn_norm', 'norm.attention', norm(model)),
    query: at('attn.Wqkv.query', 'attention.query', attention),
    key: at('attn.Wqkv.key', 'attention.key', attention),
    value: at('attn.Wqkv.value', 'attention.value', attention),
    output: at('attn.Wo', 'attention.output', attention),
    ffnNorm: at('mlp_norm', 'norm.ffn', norm(model)),
    gate: at('mlp.Wi.gate', 'ffn.gate', wide),
    up: at('mlp.Wi.up', 'ffn.up', wide),
    down: at('mlp.Wo', 'ffn.down', linear(ffn, hidden, { bias: biases.ffn })),
  };
}

const fused: readonly (readonly string[])[] = [
  ['query', 'key', 'value'],
  ['gate', 'up'],
];

/** Where slices lie: below each other, in the order in which they are named. */
function source({ name, shape: [outputs = 0, ...inputs] }: TensorSpec): TensorSource | undefined {
  const [, own = ''] = /\.W(?:qkv|i)\.(\w+)\./.exec(name) ?? [];
  const parts = fused.find((parts) => parts.includes(own));
  if (!parts) return undefined;
  const start = parts.indexOf(own) * outputs;
  return {
    name: name.replace(`.${own}.`, '.'),
    shape: [parts.length * outputs, ...inputs],
    slice: { axis: 0, start, end: start + outputs },
  };
}

const words = 'embeddings.tok_embeddings';

function build(model: ModernBertDimensions): BareModel {
  const { hidden, heads, layers, kinds, maxSequence, reach, dropouts } = model;
  const table = place(embedding(model.vocabulary, hidden), words, 'embedding.word', null);
  const read = place(norm(model), 'embeddings.norm', 'norm.embedding', null);
  const tables = (kind: BlockKind) =>
    rotaryTables(`rotary.${kind}`, maxSequence, hidden / heads, {
      theta: model.theta[kind],
      scaling: { kind: 'none' },
    });
  const rotary = { full_attention: tables('full_attention'), sliding_attention: tables('sliding_attention') };
  const used = [...new Set(kinds)];
  return decoder({
    embeddings: [table, read],
    blocks: Array.from({ length: layers }, (_, layer) => block(model, layer)),
    norm: place(norm(model), 'final_norm', 'norm.final', null),
    constants: used.flatMap((kind) => rotary[kind].constants),
    heads,
    activation: model.activation,
    residualDropout: { attention: dropouts.attention, ffn: 0 },
    ffnDropout: dropouts.ffn,
    attentionDropout: dropouts.attention,
    readsAll: true,
    embed: (context) =>
      context.dropout.apply(
        throughNorm(context, read, forward(context, table, context.input('input_ids'))),
        dropouts.embedding,
      ),
    rotate: (context, x, heads, layer) => rotary[kinds[layer]!].rotate(context, x, heads),
    masks(context, padding) {
      if (!used.includes('sliding_attention')) return () => padding;
      const near = withScores(padding, windowScores(context.input('attention_mask'), reach));
      return (layer) => (kinds[layer] === 'sliding_attention' ? near : padding);
    },
  });
}

/** What all heads begin with: dense → activation → norm. */
const inner = 'head';

function prediction(model: ModernBertDimensions) {
  const dense = headLinear(`${inner}.dense`, model.hidden, model.hidden, { bias: model.biases.classifier });
  const normed = place(norm(model), `${inner}.norm`, 'head', null);
  return {
    tensors: tensorsOf([dense, normed]),
    forward: (context: Parameters<Head['logits']>[0], x: Value): Value =>
      forward(context, normed, activations[model.classifierActivation](forward(context, dense, x))),
  };
}

/** x[B,S,D] → the mean of each text's real tokens, [B,D]. */
function meanToken({ input }: Parameters<Head['logits']>[0], x: Value): Value {
  const real = toFloat(input('attention_mask')); // [B,S]
  const column = reshape(real, [...real.shape, 1]);
  return divide(sum(multiply(x, column), [1]), sum(real, [1], true));
}

const classifier =
  (kind: 'sequence' | 'token') =>
  (model: ModernBertDimensions, outputs: number): Head => {
    const first = prediction(model);
    const last = headLinear('classifier', model.hidden, outputs);
    const pooled = (context: Parameters<Head['logits']>[0], x: Value) =>
      kind === 'token' ? x : model.pooling === 'mean' ? meanToken(context, x) : firstToken(x);
    return {
      readsPooler: false,
      rows: kind === 'sequence' && model.pooling === 'cls' ? 'first' : 'all',
      tensors: [...first.tensors, ...tensorsOf([last])],
      shared: inner,
      logits: (context, hidden) => {
        const read = first.forward(context, pooled(context, hidden));
        return forward(context, last, context.dropout.apply(read, model.dropouts.classifier));
      },
    };
  };

/**
 * ModernBERT: pre-norm blocks with rotary positions and a gated feed-forward network; most of them read a window around
 * each token, and turn it by another angle.
 * @see Warner et al., "Smarter, Better, Faster, Longer", arXiv 2412.13663
 */
export const modernbert = {
  name: 'modernbert',
  title: 'ModernBERT',
  config,
  problems,
  build,
  heads: {
    sequence: classifier('sequence'),
    token: classifier('token'),
    'masked-lm': (model) => {
      const first = prediction(model);
      const bias = 'decoder.bias';
      const biases = model.biases.decoder
        ? [{ name: bias, shape: [model.vocabulary], role: 'bias', site: 'head', layer: null } as const]
        : [];
      return {
        readsPooler: false,
        rows: 'all',
        tensors: [...first.tensors, ...biases],
        shared: inner,
        logits: (context, hidden) => {
          const { parameter } = context;
          const read = first.forward(context, hidden);
          return product(read, parameter(`${words}.weight`), model.biases.decoder ? parameter(bias) : undefined);
        },
      };
    },
  },
  batch: ({ padTokenId }) => ({ padTokenId, tokenTypes: 0, firstPosition: 0, padPosition: 0 }),
  checkpoint: {
    prefix: 'model.',
    unused: /^(head|decoder|classifier|qa_outputs)\./,
    aliases: { 'decoder.weight': `${words}.weight` },
    source,
  },
  className: 'ModernBert',
  normBiases: (model) => ({
    dimensions: { ...model, biases: { ...model.biases, norm: true } },
    config: { norm_bias: true },
  }),
  prefixObstacle: 'PEFT cannot run a prefix on ModernBERT, which takes no past keys and values',
} satisfies ModelFamily<ModernBertDimensions>;
