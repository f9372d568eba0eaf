import { readFileSync } from 'node:fs';
import type { ConfiguredMethod, ModelOutline } from '../../extension/methods/declaration/method.ts';
import { parseMethods } from '../../extension/methods/entries/parse.ts';
import { readDimensions } from '../../extension/models/config.ts';
import { familyOf } from '../../extension/models/families.ts';

/** Sizes and tensors of a published model, from its `config.json`. */
export function publishedModel(name: string): ModelOutline {
  const file = new URL(`../fixtures/models/${name}.json`, import.meta.url);
  return outlineOf(JSON.parse(readFileSync(file, 'utf8')), name);
}

/** A two-block model of width 8 of any family. */
export function tinyModel(config: Readonly<Record<string, unknown>> = {}): ModelOutline {
  const bert = {
    model_type: 'bert',
    hidden_size: 8,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 12,
    vocab_size: 20,
    max_position_embeddings: 16,
    type_vocab_size: 2,
    hidden_act: 'gelu',
  };
  return outlineOf({ ...bert, ...config }, 'tiny');
}

function outlineOf(config: unknown, where: string): ModelOutline {
  const dimensions = readDimensions(config, where);
  return { dimensions, tensors: familyOf(dimensions).build(dimensions).tensors };
}

/** Methods as a config writes them; fails when it would not be accepted. */
export function configured(value: unknown): readonly ConfiguredMethod[] {
  const { methods, problems } = parseMethods(value);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return methods;
}
