import { countFormula } from '../../methods/entries/countFormula.ts';
import { backboneOf } from '../../methods/entries/declare.ts';
import { parseMethods } from '../../methods/entries/parse.ts';
import { readDimensions } from '../../models/config.ts';
import { families, splitParameters, taskTensors } from '../../models/families.ts';
import type { ModelDimensions } from '../../models/model/dimensions.ts';

const [first] = families;

/** The model of formulas where none is known: the first family, in the sizes of most of its models. */
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
 * The count formula of a method or preset with its defaults on a model (`countFormula`), the pooler left to the head;
 * undefined where the model cannot have it.
 */
export function entryFormula(
  name: string,
  dimensions: ModelDimensions = readDimensions(usual, usualFamily),
): string | undefined {
  const { tensors, head } = splitParameters(taskTensors(dimensions, 'sequence', 2), { trainPooler: true });
  return countFormula(backboneOf({ dimensions, tensors }, head), parseMethods(name).methods);
}
