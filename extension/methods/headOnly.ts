import * as z from 'zod';
import type { Method } from './declaration/method.ts';

const options = z.strictObject({});

/** Nothing of the backbone is tuned: the lower reference. */
export const headOnly: Method<z.infer<typeof options>> = {
  name: 'head-only',
  title: 'Head only',
  summary: 'Tunes the task head (and the pooler where it is trained) on frozen features: the lower reference.',
  paper:
    'Guillaume Alain, Yoshua Bengio. Understanding intermediate layers using linear classifier probes. arXiv 1610.01644',
  options,
  learningRate: { default: 1e-3, small: 3e-3, low: 1e-5, high: 3e-2 },
  modules: () => ({ unfrozen: [], added: [] }),
};
