import { gatedFamily } from './gatedDecoder.ts';

/**
 * Qwen3: Llama's form with norms of each head's queries and keys.
 * @see Yang et al., "Qwen3 Technical Report", arXiv 2505.09388
 */
export const qwen3 = gatedFamily({ name: 'qwen3', title: 'Qwen3', className: 'Qwen3', headNorms: true });
