import type { RunSnapshot } from '../../extension/contract/panel.ts';
import type { EvaluationPoint } from '../../extension/contract/series.ts';
import { isLowerBetter } from '../../extension/metrics/registry.ts';
import { flatConfigOf } from './flatConfig.ts';

/** The metric by which a run is judged: that of its best checkpoint, else the first that is no loss, else the loss. */
export function leadingMetric(run: RunSnapshot): string | null {
  if (run.summary?.best) return run.summary.best.name;
  const names = run.series.evaluations.flatMap((point) => Object.keys(point.metrics));
  return names.find((name) => name !== 'loss') ?? names[0] ?? null;
}

/** What the kept weights are worth: one value and one step for the large figure, flags, list, table and bars. */
export interface KeptValue {
  readonly name: string;
  readonly value: number;
  readonly step: number;
}

/** The best evaluation so far; the last one of a run that keeps its last weights. */
export function keptValue(run: RunSnapshot): KeptValue | null {
  const name = leadingMetric(run);
  if (name === null) return null;
  const values = validations(run, name).map(({ step, metrics }) => ({ name, value: metrics[name]!, step }));
  if (flatConfigOf(run).get('training.keep_best') === 'false') return values.at(-1) ?? null;
  if (run.summary?.best) return run.summary.best;
  const sign = isLowerBetter(name) ? -1 : 1;
  const finite = values.filter(({ value }) => Number.isFinite(value));
  return finite.reduce<KeptValue | null>(
    (best, point) => (best === null || sign * point.value > sign * best.value ? point : best),
    null,
  );
}

/** Validation points that report the metric, by step. */
export function validations(run: RunSnapshot, metric: string): readonly EvaluationPoint[] {
  return run.series.evaluations.filter((point) => point.split === 'validation' && Object.hasOwn(point.metrics, metric));
}

/** All metrics of the kept weights: those of the evaluation at their step, else of the last one. */
export function keptMetrics(run: RunSnapshot): Readonly<Record<string, number>> {
  const own = run.series.evaluations.filter((point) => point.split === 'validation');
  const kept = keptValue(run);
  const chosen = own.find((point) => point.step === kept?.step) ?? own.at(-1);
  return chosen?.metrics ?? run.summary?.metrics ?? {};
}

export function testMetrics(run: RunSnapshot): Readonly<Record<string, number>> {
  return run.series.evaluations.findLast((point) => point.split === 'test')?.metrics ?? {};
}
