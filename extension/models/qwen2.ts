import { gatedFamily } from './gatedDecoder.ts';

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
