import * as z from 'zod';
import { relu } from '../../graph/ops.ts';
import {
  type EncoderDimensions,
  type EncoderLayout,
  encoder,
  encoderBatch,
  firstToken,
  wordEmbeddings,
} from '../architecture/encoder.ts';
import { activate, headLinear, maskedLmHead, tokenHead } from '../architecture/heads.ts';
import {
  activation,
  deviation,
  headProblems,
  layerCount,
  padToken,
  rate,
  tableRows,
  unsupported,
  width,
} from '../model/configKeys.ts';
import type { ModelFamily } from '../model/model.ts';
import { forward, tensorsOf } from '../model/placed.ts';

const layout: EncoderLayout = {
  names: {
    'attention.query': 'attention.q_lin',
    'attention.key': 'attention.k_lin',
    'attention.value': 'attention.v_lin',
    'attention.output': 'attention.out_lin',
    'norm.attention': 'sa_layer_norm',
    'ffn.up': 'ffn.lin1',
    'ffn.down': 'ffn.lin2',
    'norm.ffn': 'output_layer_norm',
  },
  block: (layer) => `transformer.layer.${layer}`,
  outputDropouts: ['ffn'],
};

const config = z
  .object({
    ...unsupported,
    vocab_size: tableRows,
    dim: width,
    n_layers: layerCount,
    n_heads: width,
    hidden_dim: width,
    activation: activation.default('gelu'),
    dropout: rate.default(0.1),
    attention_dropout: rate.default(0.1),
    seq_classif_dropout: rate.default(0.2),
    max_position_embeddings: tableRows,
    initializer_range: deviation,
    pad_token_id: padToken(0),
  })
  .transform(
    (config): EncoderDimensions => ({
      architecture: 'distilbert',
      layers: config.n_layers,
      hidden: config.dim,
      heads: config.n_heads,
      keyValueWidth: config.dim,
      ffn: config.hidden_dim,
      vocabulary: config.vocab_size,
      embedding: config.dim,
      positionRows: config.max_position_embeddings,
      positionOffset: 0,
      maxSequence: config.max_position_embeddings,
      tokenTypes: 0,
      activation: config.activation,
      // Not in the file: DistilBERT's norms always use this one.
      layerNormEpsilon: 1e-12,
      hiddenDropout: config.dropout,
      attentionDropout: config.attention_dropout,
      classifierDropout: config.seq_classif_dropout,
      padTokenId: config.pad_token_id,
      initializerRange: config.initializer_range,
    }),
  );

/**
 * DistilBERT: BERT's blocks under other names, without token types, pooler and the dropout after attention.
 * @see Sanh et al., "DistilBERT", arXiv 1910.01108
 */
export const distilbert = {
  name: 'distilbert',
  title: 'DistilBERT',
  config,
  problems: headProblems,
  build: (model) => encoder(layout, model),
  heads: {
    sequence(model, outputs) {
      const inner = headLinear('pre_classifier', model.hidden, model.hidden);
      const classifier = headLinear('classifier', model.hidden, outputs);
      return {
        readsPooler: false,
        rows: 'first',
        tensors: tensorsOf([inner, classifier]),
        logits(context, hidden) {
          const activated = relu(forward(context, inner, firstToken(hidden)));
          return forward(context, classifier, context.dropout.apply(activated, model.classifierDropout));
        },
      };
    },
    token: tokenHead('hiddenDropout'),
    'masked-lm': maskedLmHead(
      { transform: 'vocab_transform', norm: 'vocab_layer_norm', bias: 'vocab_projector.bias' },
      activate,
    ),
  },
  batch: encoderBatch,
  checkpoint: {
    prefix: 'distilbert.',
    unused: /^(vocab_transform|vocab_layer_norm|vocab_projector|pre_classifier|classifier|qa_outputs)\./,
    aliases: { 'vocab_projector.weight': `${wordEmbeddings}.weight` },
  },
  className: 'DistilBert',
  prefixObstacle: 'PEFT cannot run a prefix on DistilBERT, which takes no past keys and values',
} satisfies ModelFamily<EncoderDimensions>;
