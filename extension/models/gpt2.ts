import type { ModelDimensions } from './dimensions.ts';
import { denseTensors, normTensors } from './encoder.ts';
import type { Head, ModelFamily } from './model.ts';
import type { TensorSpec } from './tensors.ts';

function countingOnly(): never {
  throw new Error('gpt2: only its parameters can be counted; to train, choose a bert, roberta, distilbert or electra');
}

/**
 * The tensors of one block. `c_attn` makes query, key and value at once; it is declared as its three slices
 * (`c_attn.query`, `c_attn.key`, `c_attn.value`), so that methods find query and value where every other model has
 * them. Shapes are [out,in], not `Conv1D`'s [in,out]. Being pre-norm, `ln_1` and `ln_2` are named after the block that
 * they feed.
 */
function block(model: ModelDimensions, layer: number): readonly TensorSpec[] {
  const { hidden, ffn } = model;
  const path = `h.${layer}`;
  return [
    ...normTensors(`${path}.ln_1`, hidden, 'norm.attention', layer),
    ...denseTensors(`${path}.attn.c_attn.query`, hidden, hidden, 'attention.query', layer),
    ...denseTensors(`${path}.attn.c_attn.key`, hidden, hidden, 'attention.key', layer),
    ...denseTensors(`${path}.attn.c_attn.value`, hidden, hidden, 'attention.value', layer),
    ...denseTensors(`${path}.attn.c_proj`, hidden, hidden, 'attention.output', layer),
    ...normTensors(`${path}.ln_2`, hidden, 'norm.ffn', layer),
    ...denseTensors(`${path}.mlp.c_fc`, ffn, hidden, 'ffn.up', layer),
    ...denseTensors(`${path}.mlp.c_proj`, hidden, ffn, 'ffn.down', layer),
  ];
}

const table = (name: string, rows: number, site: TensorSpec['site'], model: ModelDimensions): TensorSpec => ({
  name: `${name}.weight`,
  shape: [rows, model.hidden],
  role: 'table',
  site,
  layer: null,
});

const score: Head = {
  readsPooler: false,
  tensors: (model, outputs) => [
    { name: 'score.weight', shape: [outputs, model.hidden], role: 'weight', site: 'head', layer: null },
  ],
  logits: countingOnly,
};

const token: Head = {
  readsPooler: false,
  tensors: (model, outputs) => denseTensors('classifier', outputs, model.hidden, 'head'),
  logits: countingOnly,
};

/** Tied to the word table: nothing of its own. */
const languageModel: Head = { readsPooler: false, tensors: () => [], logits: countingOnly };

/**
 * GPT-2, for counting only: its tensors and heads are declared, its forward pass is not built.
 * @see Radford et al., "Language Models are Unsupervised Multitask Learners", 2019
 */
export const gpt2: ModelFamily = {
  tensors: (model) => [
    table('wte', model.vocabulary, 'embedding.word', model),
    table('wpe', model.positionRows, 'embedding.position', model),
    ...Array.from({ length: model.layers }, (_, layer) => block(model, layer)).flat(),
    ...normTensors('ln_f', model.hidden, 'norm.final'),
  ],
  encode: countingOnly,
  heads: { sequence: score, token, 'masked-lm': languageModel },
};
