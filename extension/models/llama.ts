import { gatedFamily } from './gatedDecoder.ts';

/** Llama 2 and 3, and what has their form: SmolLM2, TinyLlama. */
export const llama = gatedFamily({ name: 'llama', title: 'Llama', className: 'Llama', headNorms: false });
