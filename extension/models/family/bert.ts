import { bertLayout, type EncoderDimensions, encoder, encoderBatch, wordEmbeddings } from '../architecture/encoder.ts';
import { bertConfig, bertDimensions } from '../architecture/encoderConfig.ts';
import { activate, maskedLmHead, pooledHead, pooler, tokenHead } from '../architecture/heads.ts';
import { headProblems } from '../model/configKeys.ts';
import type { ModelFamily } from '../model/model.ts';
import { tensorsOf } from '../model/placed.ts';

const poolerPath = 'pooler.dense';

/**
 * BERT: post-norm blocks, so `norm.attention` and `norm.ffn` follow the block they are named after. The bare model
 * ends in a pooler (site `pooler`), which only sequence classification reads.
 * @see Devlin et al., "BERT", arXiv 1810.04805
 */
export const bert = {
  name: 'bert',
  title: 'BERT',
  config: bertConfig(0).transform((config) => bertDimensions('bert', config)),
  problems: headProblems,
  build(model) {
    const bare = encoder(bertLayout, model);
    return { ...bare, tensors: [...bare.tensors, ...tensorsOf([pooler(poolerPath, model)])] };
  },
  heads: {
    sequence: pooledHead(poolerPath),
    token: tokenHead('classifierDropout'),
    'masked-lm': maskedLmHead(
      {
        transform: 'cls.predictions.transform.dense',
        norm: 'cls.predictions.transform.LayerNorm',
        bias: 'cls.predictions.bias',
      },
      activate,
    ),
  },
  batch: encoderBatch,
  checkpoint: {
    prefix: 'bert.',
    unused: /^(pooler|cls|classifier|qa_outputs)\./,
    aliases: {
      'cls.predictions.decoder.weight': `${wordEmbeddings}.weight`,
      'cls.predictions.decoder.bias': 'cls.predictions.bias',
    },
  },
  className: 'Bert',
} satisfies ModelFamily<EncoderDimensions>;
