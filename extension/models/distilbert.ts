import { relu } from '../graph/ops.ts';
import { activate, dense, denseTensors, type EncoderLayout, encode, encoderTensors, firstToken } from './encoder.ts';
import { maskedLmHead, tokenHead } from './heads.ts';
import type { ModelFamily } from './model.ts';

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
  attentionOutputDropout: false,
};

/**
 * DistilBERT: BERT's blocks under other names, without token types, pooler and the dropout after attention.
 * @see Sanh et al., "DistilBERT", arXiv 1910.01108
 */
export const distilbert: ModelFamily = {
  tensors: (model) => encoderTensors(layout, model),
  encode: (model, context) => encode(layout, model, context),
  heads: {
    sequence: {
      readsPooler: false,
      tensors: (model, outputs) => [
        ...denseTensors('pre_classifier', model.hidden, model.hidden, 'head'),
        ...denseTensors('classifier', outputs, model.hidden, 'head'),
      ],
      logits: (_, { parameter, dropout }, hidden) => {
        const inner = relu(dense(parameter, 'pre_classifier', firstToken(hidden)));
        return dense(parameter, 'classifier', dropout.classifier(inner));
      },
    },
    token: tokenHead('hidden'),
    'masked-lm': maskedLmHead(
      { transform: 'vocab_transform', norm: 'vocab_layer_norm', bias: 'vocab_projector.bias' },
      activate,
    ),
  },
};
