import type { TrainingSession } from '../../engines/engine.ts';
import type { RowOutcomes } from '../../metrics/rowOutcomes.ts';
import type { Batch, Evaluator } from '../../tasks/task.ts';

export interface EvaluationResult {
  /** `loss` (mean over labelled items) and the task's metrics. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** What each row came to, where rows are judged one by one. */
  readonly rows?: RowOutcomes | undefined;
}

/** Runs the evaluation graph over the batches and gathers the metrics; `beforeBatch` may throw to give up. */
export async function evaluate(
  session: Pick<TrainingSession, 'run'>,
  evaluator: Evaluator,
  batches: AsyncIterable<Batch>,
  lossUnit: number,
  beforeBatch: () => Promise<void>,
): Promise<EvaluationResult> {
  const started = performance.now();
  let loss = 0;
  let items = 0;
  for await (const batch of batches) {
    await beforeBatch();
    const { outputs } = await session.run('evaluation', batch.feeds);
    loss += Number(outputs.loss!.data[0]);
    items += batch.labelledItems;
    evaluator.add(batch.examples, outputs);
  }
  const mean = (loss / items) * lossUnit;
  return {
    metrics: { loss: mean, ...evaluator.metrics(mean) },
    seconds: (performance.now() - started) / 1000,
    rows: evaluator.rows?.(),
  };
}
