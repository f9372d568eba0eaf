import * as z from 'zod';
import {
  activation,
  deviation,
  epsilon,
  layerCount,
  padToken,
  rate,
  size,
  tableRows,
  unsupported,
  width,
} from '../model/configKeys.ts';
import type { EncoderDimensions } from './encoder.ts';

/** BERT's keys, which RoBERTa and ELECTRA share; defaults are those of Hugging Face's configuration classes. */
const bertKeys = {
  ...unsupported,
  vocab_size: tableRows,
  hidden_size: width,
  num_hidden_layers: layerCount,
  num_attention_heads: width,
  intermediate_size: width,
  hidden_act: activation.default('gelu'),
  hidden_dropout_prob: rate.default(0.1),
  attention_probs_dropout_prob: rate.default(0.1),
  max_position_embeddings: tableRows,
  type_vocab_size: size(65_536).default(2),
  initializer_range: deviation,
  layer_norm_eps: epsilon(1e-12),
  classifier_dropout: rate.nullish(),
};

/** Schema of a `config.json` with BERT's keys. @param padTokenId where the file names none */
export const bertConfig = (padTokenId: number) => z.object({ ...bertKeys, pad_token_id: padToken(padTokenId) });

/** What BERT's keys say. */
export function bertDimensions(
  architecture: string,
  config: z.infer<ReturnType<typeof bertConfig>>,
  { positionOffset = 0, embedding = config.hidden_size } = {},
): EncoderDimensions {
  return {
    architecture,
    layers: config.num_hidden_layers,
    hidden: config.hidden_size,
    heads: config.num_attention_heads,
    keyValueWidth: config.hidden_size,
    ffn: config.intermediate_size,
    vocabulary: config.vocab_size,
    embedding,
    positionRows: config.max_position_embeddings,
    positionOffset,
    maxSequence: config.max_position_embeddings - positionOffset,
    tokenTypes: config.type_vocab_size,
    activation: config.hidden_act,
    layerNormEpsilon: config.layer_norm_eps,
    hiddenDropout: config.hidden_dropout_prob,
    attentionDropout: config.attention_probs_dropout_prob,
    classifierDropout: config.classifier_dropout ?? config.hidden_dropout_prob,
    padTokenId: config.pad_token_id,
    initializerRange: config.initializer_range,
  };
}
