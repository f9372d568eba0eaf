import { tanh } from '../../graph/ops.ts';
import { linear } from '../../nn/linear.ts';
import { bertLayout, type EncoderDimensions, encoder, encoderBatch, firstToken } from '../architecture/encoder.ts';
import { bertConfig, bertDimensions } from '../architecture/encoderConfig.ts';
import { activate, headLinear, maskedLmHead, tokenHead } from '../architecture/heads.ts';
import { headProblems } from '../model/configKeys.ts';
import type { ModelFamily } from '../model/model.ts';
import { forward, place, tensorsOf } from '../model/placed.ts';

const pooler = ({ hidden }: EncoderDimensions) => place(linear(hidden, hidden), 'pooler.dense', 'pooler', null);

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
    return { ...bare, tensors: [...bare.tensors, ...tensorsOf([pooler(model)])] };
  },
  heads: {
    sequence(model, outputs) {
      const classifier = headLinear('classifier', model.hidden, outputs);
      return {
        readsPooler: true,
        rows: 'first',
        tensors: tensorsOf([classifier]),
        logits(context, hidden) {
          const pooled = tanh(forward(context, pooler(model), firstToken(hidden)));
          return forward(context, classifier, context.dropout.apply(pooled, model.classifierDropout));
        },
      };
    },
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
    aliases: { 'cls.predictions.decoder.bias': 'cls.predictions.bias' },
  },
  className: 'Bert',
} satisfies ModelFamily<EncoderDimensions>;
