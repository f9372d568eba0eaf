import { tanh } from '../graph/ops.ts';
import { bertLayout, encode, encoderTensors } from './encoder.ts';
import { denseThenProjectionHead, maskedLmHead, tokenHead } from './heads.ts';
import type { ModelFamily } from './model.ts';

/**
 * RoBERTa: BERT's blocks, position ids that begin after the padding row, and heads with a dense layer of their own.
 * No task reads the pooler of the bare model, so it is not part of the backbone here.
 * @see Liu et al., "RoBERTa", arXiv 1907.11692
 */
export const roberta: ModelFamily = {
  tensors: (model) => encoderTensors(bertLayout, model),
  encode: (model, context) => encode(bertLayout, model, context),
  heads: {
    sequence: denseThenProjectionHead(tanh),
    token: tokenHead('classifier'),
    'masked-lm': maskedLmHead({ transform: 'lm_head.dense', norm: 'lm_head.layer_norm', bias: 'lm_head.bias' }),
  },
};
