import { tanh } from '../graph/ops.ts';
import { activate, bertLayout, dense, denseTensors, encode, encoderTensors, firstToken } from './encoder.ts';
import { maskedLmHead, tokenHead } from './heads.ts';
import type { ModelFamily } from './model.ts';

/**
 * BERT: post-norm blocks, so `norm.attention` and `norm.ffn` follow the block they are named after. The bare model
 * ends in a pooler (site `pooler`), which only sequence classification reads.
 * @see Devlin et al., "BERT", arXiv 1810.04805
 */
export const bert: ModelFamily = {
  tensors: (model) => [
    ...encoderTensors(bertLayout, model),
    ...denseTensors('pooler.dense', model.hidden, model.hidden, 'pooler'),
  ],
  encode: (model, context) => encode(bertLayout, model, context),
  heads: {
    sequence: {
      readsPooler: true,
      tensors: (model, outputs) => denseTensors('classifier', outputs, model.hidden, 'head'),
      logits: (_, { parameter, dropout }, hidden) => {
        const pooled = tanh(dense(parameter, 'pooler.dense', firstToken(hidden)));
        return dense(parameter, 'classifier', dropout.classifier(pooled));
      },
    },
    token: tokenHead('classifier'),
    'masked-lm': maskedLmHead(
      {
        transform: 'cls.predictions.transform.dense',
        norm: 'cls.predictions.transform.LayerNorm',
        bias: 'cls.predictions.bias',
      },
      activate,
    ),
  },
};
