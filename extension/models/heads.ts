import { gelu, linear } from '../graph/ops.ts';
import type { Value } from '../graph/value.ts';
import type { ModelDimensions } from './dimensions.ts';
import { dense, denseTensors, firstToken, norm, normTensors, wordEmbeddings } from './encoder.ts';
import type { Head } from './model.ts';

/** dropout → `classifier`: one set of logits a token. DistilBERT uses its general dropout here, the others a special one. */
export const tokenHead = (rate: 'hidden' | 'classifier'): Head => ({
  readsPooler: false,
  tensors: (model, outputs) => denseTensors('classifier', outputs, model.hidden, 'head'),
  logits: (_, { parameter, dropout }, hidden) => dense(parameter, 'classifier', dropout[rate](hidden)),
});

/** first token → dropout → `classifier.dense` → activation → dropout → `classifier.out_proj`, as in RoBERTa and ELECTRA. */
export const denseThenProjectionHead = (activation: (x: Value) => Value): Head => ({
  readsPooler: false,
  tensors: (model, outputs) => [
    ...denseTensors('classifier.dense', model.hidden, model.hidden, 'head'),
    ...denseTensors('classifier.out_proj', outputs, model.hidden, 'head'),
  ],
  logits: (_, { parameter, dropout }, hidden) => {
    const first = dropout.classifier(firstToken(hidden));
    const inner = activation(dense(parameter, 'classifier.dense', first));
    return dense(parameter, 'classifier.out_proj', dropout.classifier(inner));
  },
});

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
export const maskedLmHead = (
  paths: MaskedLmPaths,
  activation: (model: ModelDimensions, x: Value) => Value = (_, x) => gelu(x),
): Head => ({
  readsPooler: false,
  tensors: (model) => [
    ...denseTensors(paths.transform, model.embedding, model.hidden, 'head'),
    ...normTensors(paths.norm, model.embedding, 'head'),
    { name: paths.bias, shape: [model.vocabulary], role: 'bias', site: 'head', layer: null },
  ],
  logits: (model, { parameter }, hidden) => {
    const inner = activation(model, dense(parameter, paths.transform, hidden));
    return linear(norm(parameter, model, paths.norm, inner), parameter(wordEmbeddings), parameter(paths.bias));
  },
});
