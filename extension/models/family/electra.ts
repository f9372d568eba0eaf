import { gelu } from '../../graph/ops.ts';
import { bertLayout, type EncoderDimensions, encoder, encoderBatch, wordEmbeddings } from '../architecture/encoder.ts';
import { bertConfig, bertDimensions } from '../architecture/encoderConfig.ts';
import { denseThenProjectionHead, maskedLmHead, tokenHead } from '../architecture/heads.ts';
import { headProblems, width } from '../model/configKeys.ts';
import type { ModelFamily } from '../model/model.ts';

/**
 * ELECTRA: BERT's blocks above embeddings that may be narrower (`embeddings_project` widens them); no pooler. The
 * masked-LM head is the generator's.
 * @see Clark et al., "ELECTRA", arXiv 2003.10555
 */
export const electra = {
  name: 'electra',
  title: 'ELECTRA',
  config: bertConfig(0)
    .extend({ embedding_size: width })
    .transform((config) => bertDimensions('electra', config, { embedding: config.embedding_size })),
  problems: headProblems,
  build: (model) => encoder(bertLayout, model),
  heads: {
    sequence: denseThenProjectionHead((x) => gelu(x)),
    token: tokenHead('classifierDropout'),
    'masked-lm': maskedLmHead({
      transform: 'generator_predictions.dense',
      norm: 'generator_predictions.LayerNorm',
      bias: 'generator_lm_head.bias',
    }),
  },
  batch: encoderBatch,
  checkpoint: {
    prefix: 'electra.',
    unused:
      /^(discriminator_predictions|generator_predictions|generator_lm_head|sequence_summary|classifier|qa_outputs)\./,
    aliases: { 'generator_lm_head.weight': `${wordEmbeddings}.weight` },
  },
  className: 'Electra',
} satisfies ModelFamily<EncoderDimensions>;
