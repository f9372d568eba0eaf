import { expect, it } from 'vitest';
import { input, parameter } from '../../../extension/graph/ops.ts';
import { readDimensions } from '../../../extension/models/config.ts';
import { familyOf } from '../../../extension/models/families.ts';
import { type ForwardContext, modelInputs } from '../../../extension/models/model/model.ts';
import { composeTransforms } from '../../../extension/models/model/sites.ts';

/** The dropout before a head for tokens of a small decoder. */
function dropoutOf(changes: object): readonly number[] {
  const sizes = {
    vocab_size: 20,
    num_key_value_heads: 2,
    hidden_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    intermediate_size: 12,
  };
  const gpt2 = { n_embd: 8, n_layer: 1, n_head: 2, n_positions: 16 };
  const model = readDimensions({ ...sizes, ...gpt2, max_position_embeddings: 16, ...changes }, 'config.json');
  const head = familyOf(model).heads.token!(model, 3);
  const shapes = new Map(head.tensors.map(({ name, shape }) => [name, shape]));
  const rates: number[] = [];
  const context: ForwardContext = {
    parameter: (key) => parameter(key, shapes.get(key)!, false),
    sites: composeTransforms([]),
    dropout: {
      apply: (x, rate) => {
        rates.push(rate);
        return x;
      },
      attention: () => undefined,
    },
    input: (key) => input(key, 'i64', modelInputs[key]),
    rows: 'all',
  };
  head.logits(context, parameter('hidden', [2, 4, 8], false));
  return rates;
}

// As GenericForTokenClassification of transformers 5.23 has it.
it.each(['llama', 'mistral', 'qwen2', 'qwen3', 'gpt2'])(
  'a head for tokens of %s has the dropout that config.json gives it',
  (model_type) => {
    const of = (changes: object) => dropoutOf({ model_type, ...changes });
    expect(of({})).toEqual([0.1]);
    expect(of({ classifier_dropout: null })).toEqual([0.1]);
    expect(of({ classifier_dropout: 0.3, hidden_dropout: 0.2 })).toEqual([0.3]);
    expect(of({ classifier_dropout: null, hidden_dropout: 0.2 })).toEqual([0.2]);
    expect(of({ classifier_dropout: 0 })).toEqual([0]);
  },
);
