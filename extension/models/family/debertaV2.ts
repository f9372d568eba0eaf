import * as z from 'zod';
import { type ActivationName, activations } from '../../nn/activation.ts';
import {
  type DisentangledDimensions,
  disentangledScale,
  disentangledScores,
  scoreTerms,
} from '../architecture/disentangled.ts';
import {
  bertLayout,
  type EncoderLayout,
  encoder,
  encoderBatch,
  firstToken,
  wordEmbeddings,
} from '../architecture/encoder.ts';
import { bertConfig, bertDimensions } from '../architecture/encoderConfig.ts';
import { activate, headLinear, maskedLmHead, tokenHead } from '../architecture/heads.ts';
import { activation, epsilon, headProblems, rate, width } from '../model/configKeys.ts';
import type { BareModel, Head, ModelFamily } from '../model/model.ts';
import { forward, tensorsOf } from '../model/placed.ts';

interface DebertaDimensions extends DisentangledDimensions {
  readonly pooler: { readonly dropout: number; readonly activation: ActivationName };
  /** Whether the masked-LM head is the one that transformers made up, not that of the authors' checkpoints. */
  readonly legacyHead: boolean;
  /** What the file says of sizes that must be others' equals. */
  readonly stated: { readonly headWidth?: number | undefined; readonly poolerWidth?: number | undefined };
}

const layout: EncoderLayout = {
  ...bertLayout,
  names: {
    ...bertLayout.names,
    'attention.query': 'attention.self.query_proj',
    'attention.key': 'attention.self.key_proj',
    'attention.value': 'attention.self.value_proj',
  },
  widenedBeforeNorm: 'embeddings.embed_proj',
};

/** `"p2c|c2p"`, as in older files, or a list. */
const terms = z
  .union([z.string().transform((text) => text.toLowerCase().split('|')), z.array(z.string())])
  .nullish()
  .transform((given) => given?.map((term) => term.trim()) ?? [])
  .refine((given) => given.every((term) => scoreTerms.some((known) => known === term)), {
    error: 'only "c2p" and "p2c" are supported',
  })
  .transform((given) => scoreTerms.filter((term) => given.includes(term)));

const config = bertConfig(0)
  .extend({
    embedding_size: width.nullish(),
    // Positions are relative: tables of thousands of rows are as large as they get.
    max_position_embeddings: width,
    type_vocab_size: z.int().min(0).max(65_536).default(0),
    layer_norm_eps: epsilon(1e-7),
    position_biased_input: z.boolean().default(true),
    relative_attention: z.boolean().default(false),
    max_relative_positions: z.int().max(65_536).default(-1),
    position_buckets: z.int().max(65_536).default(-1),
    pos_att_type: terms,
    share_att_key: z.boolean().default(false),
    norm_rel_ebd: z
      .enum(['none', 'layer_norm'], { error: 'only "none" and "layer_norm" are supported' })
      .default('none'),
    conv_kernel_size: z.literal(0, { error: 'only 0 is supported: its convolution is not built' }).optional(),
    attention_head_size: width.nullish(),
    pooler_hidden_size: width.nullish(),
    pooler_dropout: rate.default(0),
    pooler_hidden_act: activation.default('gelu'),
    cls_dropout: rate.nullish(),
    legacy: z.boolean().default(true),
  })
  .transform((config): DebertaDimensions => {
    const { max_position_embeddings: positions, max_relative_positions: stated, position_buckets } = config;
    const farthest = stated < 1 ? positions : stated;
    const buckets = Math.max(position_buckets, 0);
    return {
      ...bertDimensions('deberta-v2', config, { embedding: config.embedding_size ?? config.hidden_size }),
      positionRows: config.position_biased_input ? positions : 0,
      classifierDropout: config.cls_dropout ?? config.hidden_dropout_prob,
      relative: config.relative_attention ? { span: buckets || farthest, buckets, farthest } : undefined,
      terms: config.pos_att_type,
      sharedProjections: config.share_att_key,
      normedPlaces: config.norm_rel_ebd === 'layer_norm',
      pooler: { dropout: config.pooler_dropout, activation: config.pooler_hidden_act },
      legacyHead: config.legacy,
      stated: {
        headWidth: config.attention_head_size ?? undefined,
        poolerWidth: config.pooler_hidden_size ?? undefined,
      },
    };
  });

function problems(model: DebertaDimensions): readonly string[] {
  const { hidden, heads, embedding, relative, terms, stated } = model;
  const found = [...headProblems(model)];
  const demand = (holds: boolean, rule: string, value: number) => {
    if (!holds) found.push(`${rule}, got ${value}`);
  };
  const { headWidth = hidden / heads, poolerWidth = hidden } = stated;
  demand(headWidth === hidden / heads, `attention_head_size: must be ${hidden} / ${heads} heads`, headWidth);
  demand(poolerWidth === hidden, `pooler_hidden_size: must be the width ${hidden}`, poolerWidth);
  if (!model.legacyHead)
    demand(embedding === hidden, `embedding_size: must be ${hidden} with legacy: false`, embedding);
  if (!relative) return found;
  const { buckets, farthest } = relative;
  if (terms.length === 0) found.push('pos_att_type: must name c2p or p2c with relative_attention: true, got neither');
  const most = 2 * (farthest - 2);
  const fits = buckets % 2 === 0 && buckets <= Math.max(most, 0);
  demand(fits, `position_buckets: must be even and at most ${most} for ${farthest} positions`, buckets);
  return found;
}

function build(model: DebertaDimensions): BareModel {
  const { relative } = model;
  const attention = (layer: number) => `${layout.block(layer)}.attention.self`;
  const scores = relative && disentangledScores({ ...model, relative }, attention);
  return encoder({ ...layout, scores, scale: disentangledScale(model) }, model);
}

/** first token → dropout → `pooler.dense` → activation → dropout → `classifier`. */
function sequenceHead(model: DebertaDimensions, outputs: number): Head {
  const { hidden, pooler, classifierDropout } = model;
  const dense = headLinear('pooler.dense', hidden, hidden);
  const classifier = headLinear('classifier', hidden, outputs);
  return {
    readsPooler: false,
    rows: 'first',
    tensors: tensorsOf([dense, classifier]),
    logits(context, read) {
      const first = context.dropout.apply(firstToken(read), pooler.dropout);
      const pooled = activations[pooler.activation](forward(context, dense, first));
      return forward(context, classifier, context.dropout.apply(pooled, classifierDropout));
    },
  };
}

const paths = (below: string, transform: string) => ({
  transform: `${below}.${transform}dense`,
  norm: `${below}.${transform}LayerNorm`,
  bias: `${below}.bias`,
});
const legacyHead = maskedLmHead(paths('cls.predictions', 'transform.'), activate);
const ownHead = maskedLmHead(paths('lm_predictions.lm_head', ''), activate);

/**
 * DeBERTa-v2 and v3: BERT's blocks, whose scores add products of contents with places relative to each other.
 * @see He et al., "DeBERTa", arXiv 2006.03654; "DeBERTaV3", arXiv 2111.09543
 */
export const debertaV2 = {
  name: 'deberta-v2',
  title: 'DeBERTa-v2',
  config,
  problems,
  build,
  heads: {
    sequence: sequenceHead,
    token: tokenHead('hiddenDropout'),
    'masked-lm': (model, outputs) => (model.legacyHead ? legacyHead : ownHead)(model, outputs),
  },
  batch: encoderBatch,
  checkpoint: {
    prefix: 'deberta.',
    unused:
      /^(pooler|cls|classifier|lm_predictions|mask_predictions|qa_outputs)\.|^embeddings\.position_embeddings\.weight$/,
    aliases: {
      'cls.predictions.decoder.weight': `${wordEmbeddings}.weight`,
      'cls.predictions.decoder.bias': 'cls.predictions.bias',
    },
  },
  className: 'DebertaV2',
  prefixObstacle: 'PEFT cannot run a prefix on DeBERTa-v2, which takes no past keys and values',
} satisfies ModelFamily<DebertaDimensions>;
