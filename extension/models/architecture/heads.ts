import { gelu, linear as multiply, tanh } from '../../graph/ops.ts';
import type { Value } from '../../graph/value.ts';
import { activations } from '../../nn/activation.ts';
import { linear } from '../../nn/linear.ts';
import { layerNorm } from '../../nn/norm.ts';
import type { ModelDimensions } from '../model/dimensions.ts';
import type { Head } from '../model/model.ts';
import { forward, place, tensorsOf } from '../model/placed.ts';
import { type EncoderDimensions, firstToken, wordEmbeddings } from './encoder.ts';

type BuildEncoderHead = (model: EncoderDimensions, outputs: number) => Head;

/** A linear layer of a head. */
export const headLinear = (path: string, inputs: number, outputs: number, { bias = true } = {}) =>
  place(linear(inputs, outputs, { bias }), path, 'head', null);

/** dropout → a linear layer: one set of logits a token. DistilBERT uses its general dropout here, the others a special one. */
export const tokenHead =
  <R extends string>(rate: R, path = 'classifier') =>
  (model: ModelDimensions & Readonly<Record<R, number>>, outputs: number): Head => {
    const classifier = headLinear(path, model.hidden, outputs);
    return {
      readsPooler: false,
      rows: 'all',
      tensors: tensorsOf([classifier]),
      logits: (context, hidden) => forward(context, classifier, context.dropout.apply(hidden, model[rate])),
    };
  };

/** The layer behind the first token, of models that end in one. */
export const pooler = (path: string, { hidden }: ModelDimensions) =>
  place(linear(hidden, hidden), path, 'pooler', null);

/** first token → pooler → tanh → dropout → `classifier`. @param path of the pooler */
export const pooledHead =
  (path: string): BuildEncoderHead =>
  (model, outputs) => {
    const classifier = headLinear('classifier', model.hidden, outputs);
    return {
      readsPooler: true,
      rows: 'first',
      tensors: tensorsOf([classifier]),
      logits(context, hidden) {
        const pooled = tanh(forward(context, pooler(path, model), firstToken(hidden)));
        return forward(context, classifier, context.dropout.apply(pooled, model.classifierDropout));
      },
    };
  };

/** first token → dropout → `classifier.dense` → activation → dropout → `classifier.out_proj`, as in RoBERTa and ELECTRA. */
export const denseThenProjectionHead =
  (activation: (x: Value) => Value): BuildEncoderHead =>
  (model, outputs) => {
    const dense = headLinear('classifier.dense', model.hidden, model.hidden);
    const projection = headLinear('classifier.out_proj', model.hidden, outputs);
    return {
      readsPooler: false,
      rows: 'first',
      tensors: tensorsOf([dense, projection]),
      logits: (context, hidden) => {
        const first = context.dropout.apply(firstToken(hidden), model.classifierDropout);
        const inner = activation(forward(context, dense, first));
        return forward(context, projection, context.dropout.apply(inner, model.classifierDropout));
      },
    };
  };

/** Paths of a masked-LM head's parts. */
interface MaskedLmPaths {
  readonly transform: string;
  readonly norm: string;
  /** The output bias [V]. */
  readonly bias: string;
}

/**
 * dense to the embedding width → activation → LayerNorm → the word table as output weights, plus a bias:
 * f32[B,S,V]. The table is the encoder's own, so it is not counted again.
 */
export const maskedLmHead =
  (
    paths: MaskedLmPaths,
    activation: (model: EncoderDimensions, x: Value) => Value = (_, x) => gelu(x),
  ): BuildEncoderHead =>
  (model) => {
    const transform = headLinear(paths.transform, model.hidden, model.embedding);
    const norm = place(layerNorm(model.embedding, model.layerNormEpsilon), paths.norm, 'head', null);
    return {
      readsPooler: false,
      rows: 'all',
      tensors: [
        ...tensorsOf([transform, norm]),
        { name: paths.bias, shape: [model.vocabulary], role: 'bias', site: 'head', layer: null },
      ],
      logits: (context, hidden) => {
        const inner = activation(model, forward(context, transform, hidden));
        const { parameter } = context;
        return multiply(forward(context, norm, inner), parameter(`${wordEmbeddings}.weight`), parameter(paths.bias));
      },
    };
  };

/** The model's own activation, for heads that have it. */
export const activate = (model: EncoderDimensions, x: Value): Value => activations[model.activation](x);
