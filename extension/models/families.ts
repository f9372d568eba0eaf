import { bert } from './bert.ts';
import type { Architecture, ModelDimensions } from './dimensions.ts';
import { distilbert } from './distilbert.ts';
import { electra } from './electra.ts';
import { gpt2 } from './gpt2.ts';
import type { HeadKind, ModelFamily } from './model.ts';
import { roberta } from './roberta.ts';
import type { TensorSpec } from './tensors.ts';

export const families: Readonly<Record<Architecture, ModelFamily>> = { bert, roberta, distilbert, electra, gpt2 };

/** A model's tensors as one task uses them; each belongs to exactly one part. */
export interface TaskTensors {
  /** Embeddings and blocks. */
  readonly backbone: readonly TensorSpec[];
  /** The pooler where the head reads it, else empty: counted as head when trained. */
  readonly pooler: readonly TensorSpec[];
  readonly head: readonly TensorSpec[];
}

/** The tensors of a model with a head for `outputs` logits; a pooler that the head does not read is left out. */
export function taskTensors(model: ModelDimensions, head: HeadKind, outputs: number): TaskTensors {
  const family = families[model.architecture];
  const bare = family.tensors(model);
  return {
    backbone: bare.filter((tensor) => tensor.site !== 'pooler'),
    pooler: family.heads[head].readsPooler ? bare.filter((tensor) => tensor.site === 'pooler') : [],
    head: family.heads[head].tensors(model, outputs),
  };
}
