import type { RunSnapshot } from '../extension/contract/panel.ts';
import type { EvaluationPoint } from '../extension/contract/series.ts';
import { isLowerBetter } from '../extension/metrics/registry.ts';

/** The metric by which a run is judged: that of its best checkpoint, else the first that is no loss, else the loss. */
export function leadingMetric(run: RunSnapshot): string | null {
  if (run.summary?.best) return run.summary.best.name;
  const names = run.series.evaluations.flatMap((point) => Object.keys(point.metrics));
  return names.find((name) => name !== 'loss') ?? names[0] ?? null;
}

export interface BestValue {
  readonly name: string;
  readonly value: number;
  readonly step: number;
}

export function bestValue(run: RunSnapshot): BestValue | null {
  if (run.summary?.best) return run.summary.best;
  const name = leadingMetric(run);
  if (name === null) return null;
  const sign = isLowerBetter(name) ? -1 : 1;
  const points = run.series.evaluations
    .filter((point) => point.split === 'validation' && Number.isFinite(point.metrics[name]))
    .map((point) => ({ name, value: point.metrics[name]!, step: point.step }));
  return points.reduce<BestValue | null>(
    (best, point) => (best === null || sign * point.value > sign * best.value ? point : best),
    null,
  );
}

/** Validation points that report the metric, by step. */
export function validations(run: RunSnapshot, metric: string): readonly EvaluationPoint[] {
  return run.series.evaluations.filter((point) => point.split === 'validation' && Object.hasOwn(point.metrics, metric));
}

/** Metrics of the evaluation at the best step, else the last one: what the kept weights are worth. */
export function metricsOfBest(run: RunSnapshot): Readonly<Record<string, number>> {
  const own = run.series.evaluations.filter((point) => point.split === 'validation');
  const best = bestValue(run);
  const chosen = own.find((point) => point.step === best?.step) ?? own.at(-1);
  return chosen?.metrics ?? run.summary?.metrics ?? {};
}

export function testMetrics(run: RunSnapshot): Readonly<Record<string, number>> {
  return run.series.evaluations.findLast((point) => point.split === 'test')?.metrics ?? {};
}
