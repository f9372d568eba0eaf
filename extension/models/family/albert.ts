import {
  type EncoderDimensions,
  type EncoderLayout,
  encoder,
  encoderBatch,
  wordEmbeddings,
} from '../architecture/encoder.ts';
import { bertConfig, bertDimensions } from '../architecture/encoderConfig.ts';
import { activate, maskedLmHead, pooledHead, pooler, tokenHead } from '../architecture/heads.ts';
import { activation, headProblems, rate, size, width } from '../model/configKeys.ts';
import type { ModelFamily } from '../model/model.ts';
import { tensorsOf } from '../model/placed.ts';

interface AlbertDimensions extends EncoderDimensions {
  readonly blockOrder: readonly number[];
  /** Blocks that follow each other before a group begins again. */
  readonly groupBlocks: number;
}

const layout = (groupBlocks: number): EncoderLayout => ({
  names: {
    'attention.query': 'attention.query',
    'attention.key': 'attention.key',
    'attention.value': 'attention.value',
    'attention.output': 'attention.dense',
    'norm.attention': 'attention.LayerNorm',
    'ffn.up': 'ffn',
    'ffn.down': 'ffn_output',
    'norm.ffn': 'full_layer_layer_norm',
  },
  block: (layer) =>
    `encoder.albert_layer_groups.${Math.floor(layer / groupBlocks)}.albert_layers.${layer % groupBlocks}`,
  outputDropouts: ['attention'],
  projection: 'encoder.embedding_hidden_mapping_in',
});

const groups = size(1_024).default(1);
const config = bertConfig(0)
  .extend({
    embedding_size: width.default(128),
    num_hidden_groups: groups,
    inner_group_num: groups,
    hidden_act: activation.default('gelu_new'),
    hidden_dropout_prob: rate.default(0),
    attention_probs_dropout_prob: rate.default(0),
    classifier_dropout_prob: rate.nullish(),
  })
  .transform((config): AlbertDimensions => {
    const { num_hidden_layers: depth, num_hidden_groups: groups, inner_group_num: inner } = config;
    const blockOrder = Array.from({ length: depth }, (_, at) => Math.floor(at / (depth / groups))).flatMap((group) =>
      Array.from({ length: inner }, (_, block) => group * inner + block),
    );
    return {
      ...bertDimensions('albert', config, { embedding: config.embedding_size }),
      layers: groups * inner,
      blockOrder,
      groupBlocks: inner,
      classifierDropout: config.classifier_dropout_prob ?? 0.1,
    };
  });

const poolerPath = 'pooler';

/**
 * ALBERT: BERT's blocks above narrower embeddings, where one block, or a few, stand at every depth. `layers` counts
 * those that there are: what is tuned in one, or added to it, is so at every depth.
 * @see Lan et al., "ALBERT", arXiv 1909.11942
 */
export const albert = {
  name: 'albert',
  title: 'ALBERT',
  config,
  problems(model) {
    const unread = model.layers - new Set(model.blockOrder).size;
    const rule = 'num_hidden_groups: must be at most num_hidden_layers';
    return [...headProblems(model), ...(unread > 0 ? [`${rule}, got ${model.layers / model.groupBlocks}`] : [])];
  },
  build(model) {
    const bare = encoder(layout(model.groupBlocks), model);
    return { ...bare, tensors: [...bare.tensors, ...tensorsOf([pooler(poolerPath, model)])] };
  },
  heads: {
    sequence: pooledHead(poolerPath),
    token: tokenHead('classifierDropout'),
    'masked-lm': maskedLmHead(
      { transform: 'predictions.dense', norm: 'predictions.LayerNorm', bias: 'predictions.bias' },
      activate,
    ),
  },
  batch: encoderBatch,
  note({ layers, blockOrder }) {
    if (blockOrder.length === layers) return undefined;
    const are = layers === 1 ? 'are one block' : `are ${layers} blocks`;
    return `the ${blockOrder.length} depths of this ALBERT ${are}: a tuned tensor of a block, or one added to it, is the same at each of its depths`;
  },
  checkpoint: {
    prefix: 'albert.',
    unused: /^(pooler|predictions|sop_classifier|classifier|qa_outputs)\./,
    aliases: {
      'predictions.decoder.weight': `${wordEmbeddings}.weight`,
      'predictions.decoder.bias': 'predictions.bias',
    },
  },
  className: 'Albert',
  prefixObstacle: 'PEFT cannot run a prefix on ALBERT, which takes no past keys and values',
} satisfies ModelFamily<AlbertDimensions>;
