import { countFormula } from '../../methods/entries/countFormula.ts';
import { backboneOf } from '../../methods/entries/declare.ts';
import { parseMethods } from '../../methods/entries/parse.ts';
import { readDimensions } from '../../models/config.ts';
import { families, splitParameters, taskTensors } from '../../models/families.ts';
import type { ModelDimensions } from '../../models/model/dimensions.ts';

const [first] = families;

/** What formulas are written for where no model is known: the first family, in sizes that most of its models have. */
const usual = {
  model_type: first!.name,
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  vocab_size: 30_522,
  max_position_embeddings: 512,
  type_vocab_size: 2,
  hidden_act: 'gelu',
};

export const usualFamily = first!.title;

/**
 * What a method or preset tunes by default, as a formula in a model's sizes (`countFormula`), its pooler left to the head;
 * undefined where the model cannot have it.
 */
export function entryFormula(
  name: string,
  dimensions: ModelDimensions = readDimensions(usual, usualFamily),
): string | undefined {
  const { tensors, head } = splitParameters(taskTensors(dimensions, 'sequence', 2), { trainPooler: true });
  return countFormula(backboneOf({ dimensions, tensors }, head), parseMethods(name).methods);
}
