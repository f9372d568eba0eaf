import { gatedFamily } from '../architecture/gatedDecoder.ts';

/** Llama 2 and 3, and what has their form: SmolLM2, TinyLlama. */
export const llama = gatedFamily({ name: 'llama', title: 'Llama', className: 'Llama', headNorms: false });

/**
 * Qwen2 and Qwen2.5: Llama's form with biases of query, key and value.
 * @see Yang et al., "Qwen2 Technical Report", arXiv 2407.10671
 */
export const qwen2 = gatedFamily({
  name: 'qwen2',
  title: 'Qwen2',
  className: 'Qwen2',
  headNorms: false,
  attentionBiases: { read: true, output: false },
});

/**
 * Qwen3: Llama's form with norms of each head's queries and keys.
 * @see Yang et al., "Qwen3 Technical Report", arXiv 2505.09388
 */
export const qwen3 = gatedFamily({ name: 'qwen3', title: 'Qwen3', className: 'Qwen3', headNorms: true });
