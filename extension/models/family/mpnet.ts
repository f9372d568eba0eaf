import * as z from 'zod';
import { tanh } from '../../graph/ops.ts';
import {
  bertLayout,
  type EncoderDimensions,
  type EncoderLayout,
  encoder,
  encoderBatch,
  wordEmbeddings,
} from '../architecture/encoder.ts';
import { bertConfig, bertDimensions } from '../architecture/encoderConfig.ts';
import { denseThenProjectionHead, maskedLmHead, tokenHead } from '../architecture/heads.ts';
import { distanceBias } from '../architecture/positionScores.ts';
import { headProblems } from '../model/configKeys.ts';
import type { ModelFamily } from '../model/model.ts';

const buckets = 32;

const layout: EncoderLayout = {
  ...bertLayout,
  names: {
    ...bertLayout.names,
    'attention.query': 'attention.attn.q',
    'attention.key': 'attention.attn.k',
    'attention.value': 'attention.attn.v',
    'attention.output': 'attention.attn.o',
    'norm.attention': 'attention.LayerNorm',
  },
};

/** Not in the file: transformers' class counts positions from the token 1, and finds buckets as for 32. */
const padding = 1;
const usual = (value: number) =>
  z
    .literal(value, { error: `only ${value} is supported: the model's class takes no other` })
    .nullish()
    .transform(() => value);

/**
 * MPNet: BERT's blocks without token types, positions as RoBERTa's, and in each block's scores one bias by distance.
 * @see Song et al., "MPNet", arXiv 2004.09297
 */
export const mpnet = {
  name: 'mpnet',
  title: 'MPNet',
  config: bertConfig(padding)
    .extend({ pad_token_id: usual(padding), relative_attention_num_buckets: usual(buckets) })
    .transform(
      (config): EncoderDimensions => ({
        ...bertDimensions('mpnet', config, { positionOffset: padding + 1 }),
        tokenTypes: 0,
        classifierDropout: config.hidden_dropout_prob,
      }),
    ),
  problems: headProblems,
  build: (model) =>
    encoder({ ...layout, scores: distanceBias('encoder.relative_attention_bias', buckets, model) }, model),
  heads: {
    sequence: denseThenProjectionHead(tanh),
    token: tokenHead('hiddenDropout'),
    'masked-lm': maskedLmHead({ transform: 'lm_head.dense', norm: 'lm_head.layer_norm', bias: 'lm_head.bias' }),
  },
  batch: encoderBatch,
  checkpoint: {
    prefix: 'mpnet.',
    unused: /^(pooler|lm_head|classifier|qa_outputs)\./,
    aliases: { 'lm_head.decoder.weight': `${wordEmbeddings}.weight`, 'lm_head.decoder.bias': 'lm_head.bias' },
  },
  className: 'MPNet',
  prefixObstacle: 'PEFT cannot run a prefix on MPNet, which takes no past keys and values',
} satisfies ModelFamily<EncoderDimensions>;
