import { gatedFamily } from '../architecture/gatedDecoder.ts';
import { gatedGguf } from '../architecture/gatedGguf.ts';

const all = { read: true, output: true, ffn: true };
const readOnly = { read: true, output: false, ffn: false };
const none = { read: false, output: false, ffn: false };
const asLlama = gatedGguf({ architecture: 'llama', turnsNeighbours: true, biases: all });

/** Llama 2 and 3, and what has their form: SmolLM2, TinyLlama. */
export const llama = gatedFamily({
  name: 'llama',
  title: 'Llama',
  className: 'Llama',
  gguf: asLlama,
  headNorms: false,
});

/**
 * Mistral: Llama's form; texts longer than its sliding window are refused.
 * @see Jiang et al., "Mistral 7B", arXiv 2310.06825
 */
export const mistral = gatedFamily({
  name: 'mistral',
  title: 'Mistral',
  className: 'Mistral',
  gguf: asLlama,
  headNorms: false,
  attentionBiases: { read: false, output: false },
  usual: { num_key_value_heads: 8 },
  window: 'written',
});

/**
 * Qwen2 and Qwen2.5: Llama's form with biases of query, key and value.
 * @see Yang et al., "Qwen2 Technical Report", arXiv 2407.10671
 */
export const qwen2 = gatedFamily({
  name: 'qwen2',
  title: 'Qwen2',
  className: 'Qwen2',
  gguf: gatedGguf({ architecture: 'qwen2', biases: readOnly }),
  headNorms: false,
  attentionBiases: { read: true, output: false },
  window: 'asked',
});

/**
 * Qwen3: Llama's form with norms of each head's queries and keys.
 * @see Yang et al., "Qwen3 Technical Report", arXiv 2505.09388
 */
export const qwen3 = gatedFamily({
  name: 'qwen3',
  title: 'Qwen3',
  className: 'Qwen3',
  gguf: gatedGguf({ architecture: 'qwen3', biases: none }),
  headNorms: true,
  usual: { head_dim: 128 },
  window: 'asked',
});
