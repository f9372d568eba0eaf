import * as z from 'zod';
import { tanh } from '../../graph/ops.ts';
import { bertLayout, type EncoderDimensions, encoder, encoderBatch, wordEmbeddings } from '../architecture/encoder.ts';
import { bertConfig, bertDimensions } from '../architecture/encoderConfig.ts';
import { denseThenProjectionHead, maskedLmHead, tokenHead } from '../architecture/heads.ts';
import { headProblems } from '../model/configKeys.ts';
import type { ModelFamily } from '../model/model.ts';

/** Positions are counted from the padding token's id, so that -1 is no word for none here. */
const firstPosition = z
  .int()
  .min(0)
  .nullish()
  .transform((id) => id ?? 1);

/**
 * RoBERTa's form: BERT's blocks, position ids that begin after the padding row, and heads with a dense layer of their
 * own. No task reads the pooler of the bare model, so it is not part of the backbone here.
 */
const robertaFamily = (names: Pick<ModelFamily, 'name' | 'title' | 'className'>) =>
  ({
    ...names,
    config: bertConfig(1)
      .extend({ pad_token_id: firstPosition })
      .transform((config) => bertDimensions(names.name, config, { positionOffset: config.pad_token_id + 1 })),
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
      aliases: { 'lm_head.decoder.weight': `${wordEmbeddings}.weight`, 'lm_head.decoder.bias': 'lm_head.bias' },
    },
  }) satisfies ModelFamily<EncoderDimensions>;

/** @see Liu et al., "RoBERTa", arXiv 1907.11692 */
export const roberta = robertaFamily({ name: 'roberta', title: 'RoBERTa', className: 'Roberta' });

/** @see Conneau et al., "Unsupervised Cross-lingual Representation Learning at Scale", arXiv 1911.02116 */
export const xlmRoberta = robertaFamily({ name: 'xlm-roberta', title: 'XLM-RoBERTa', className: 'XLMRoberta' });

/** @see Martin et al., "CamemBERT: a Tasty French Language Model", arXiv 1911.03894 */
export const camembert = robertaFamily({ name: 'camembert', title: 'CamemBERT', className: 'Camembert' });
