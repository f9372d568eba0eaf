import { gelu } from '../graph/ops.ts';
import { bertLayout, encode, encoderTensors } from './encoder.ts';
import { denseThenProjectionHead, maskedLmHead, tokenHead } from './heads.ts';
import type { ModelFamily } from './model.ts';

/**
 * ELECTRA: BERT's blocks above embeddings that may be narrower (`embeddings_project` widens them); no pooler. The
 * masked-LM head is the generator's.
 * @see Clark et al., "ELECTRA", arXiv 2003.10555
 */
export const electra: ModelFamily = {
  tensors: (model) => encoderTensors(bertLayout, model),
  encode: (model, context) => encode(bertLayout, model, context),
  heads: {
    sequence: denseThenProjectionHead((x) => gelu(x)),
    token: tokenHead('classifier'),
    'masked-lm': maskedLmHead({
      transform: 'generator_predictions.dense',
      norm: 'generator_predictions.LayerNorm',
      bias: 'generator_lm_head.bias',
    }),
  },
};
