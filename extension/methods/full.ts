import * as z from 'zod';
import type { Method } from './declaration/method.ts';

const options = z.strictObject({});

/** Every weight of the backbone is tuned: the upper reference. */
export const full: Method<z.infer<typeof options>> = {
  name: 'full',
  title: 'Full fine-tuning',
  summary: 'Tunes every weight of the backbone: the upper reference that other methods are compared with.',
  paper:
    'Jacob Devlin et al. BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding. ' +
    'arXiv 1810.04805',
  options,
  learningRate: { default: 2e-5, low: 1e-6, high: 1e-3 },
  modules: (model) => ({ unfrozen: model.tensors, added: [] }),
};
