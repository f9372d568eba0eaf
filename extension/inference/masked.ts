import type { Example } from '../tasks/rows/example.ts';
import type { LoadedRun } from './tunedRun.ts';

/** An example with tokens hidden where the task hides some: the same ones as in the validation of the run. */
export function masked({ task, tokenizer, config: { training } }: LoadedRun, example: Example): Example {
  const masking = { seed: training.seed, epoch: -1, probability: training.mlm_probability };
  return task.maskTokens?.(example, tokenizer, masking) ?? example;
}
