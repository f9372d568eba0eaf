import { tanh } from '../../graph/ops.ts';
import { bertLayout, type EncoderDimensions, encoder, encoderBatch } from '../architecture/encoder.ts';
import { bertConfig, bertDimensions } from '../architecture/encoderConfig.ts';
import { denseThenProjectionHead, maskedLmHead, tokenHead } from '../architecture/heads.ts';
import { headProblems } from '../model/configKeys.ts';
import type { ModelFamily } from '../model/model.ts';

/**
 * RoBERTa: BERT's blocks, position ids that begin after the padding row, and heads with a dense layer of their own.
 * No task reads the pooler of the bare model, so it is not part of the backbone here.
 * @see Liu et al., "RoBERTa", arXiv 1907.11692
 */
export const roberta = {
  name: 'roberta',
  title: 'RoBERTa',
  config: bertConfig(1).transform((config) =>
    bertDimensions('roberta', config, { positionOffset: config.pad_token_id + 1 }),
  ),
  problems: headProblems,
  build: (model) => encoder(bertLayout, model),
  heads: {
    sequence: denseThenProjectionHead(tanh),
    token: tokenHead('classifierDropout'),
    'masked-lm': maskedLmHead({ transform: 'lm_head.dense', norm: 'lm_head.layer_norm', bias: 'lm_head.bias' }),
  },
  batch: encoderBatch,
  checkpoint: {
    prefix: 'roberta.',
    unused: /^(pooler|lm_head|classifier|qa_outputs)\./,
    aliases: { 'lm_head.decoder.bias': 'lm_head.bias' },
  },
  className: 'Roberta',
} satisfies ModelFamily<EncoderDimensions>;
