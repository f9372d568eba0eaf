import { correctCount } from '../graph/ops.ts';
import { measure } from '../metrics/registry.ts';
import { labelledItems } from './targets.ts';
import type { Task } from './task.ts';

/** How tasks that predict tokens are judged: by the share of those predicted right. */
export const tokenOutcome = {
  outcome: 'tokens',
  labelledItems,
  // As many logits as the vocabulary at every position: too many to fetch.
  evaluationOutputs: (logits, labels) => ({ correct: correctCount(logits, labels) }),
  evaluator() {
    let count = 0;
    let right = 0;
    return {
      add(examples, { correct }) {
        for (const example of examples) count += labelledItems(example);
        right += Number(correct!.data[0]);
      },
      metrics: (loss) => measure('tokens', { count, right, loss }),
    };
  },
} as const satisfies Partial<Task>;
