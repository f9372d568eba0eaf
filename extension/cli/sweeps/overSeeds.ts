import { scoresOf } from '../../experiments/verdict/question.ts';
import { questionsOfRuns } from '../../experiments/verdict/questionsOfRuns.ts';
import { asCode } from '../../export/modelCard.ts';
import { valueRange } from '../../metrics/metric.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import type { RunStore } from '../../runs/folder/store.ts';
import { seedGroupOf } from '../../view/seedGroup.ts';
import { metricText } from '../output/format.ts';
import { resultsOfRuns } from './runResults.ts';

/**
 * The metrics of the runs that differ from a sweep's run in the seed alone: `accuracy on test rows 91.23 %, 95 % interval
 * 90.12 % to 92.34 %, 4 seeds`. None for a run of no sweep, and for the only one with a result.
 */
export async function overSeeds(store: RunStore, run: RunEntry): Promise<readonly string[]> {
  const { sweep } = run.record;
  if (sweep?.stage !== 'results') return [];
  const { spreadOf } = await import('../../experiments/statistics/spread.ts');
  const group = seedGroupOf(run.record);
  const isOfArm = ({ record }: RunEntry): boolean =>
    record.sweep?.id === sweep.id && record.sweep.stage === 'results' && seedGroupOf(record) === group;
  const results = await resultsOfRuns((await store.list()).runs.filter(isOfArm));
  const names = new Set(Object.keys(run.summary.metrics).map((name) => name.replace(/^test_/, '')));
  return [...names].flatMap((name) =>
    questionsOfRuns(results, () => name, undefined).flatMap(({ arms, metric, split }) => {
      const scores = arms.flatMap(scoresOf);
      const spread = scores.length === 0 ? undefined : spreadOf(scores, valueRange(metric));
      if (spread?.interval === undefined) return [];
      const { mean, interval, n } = spread;
      const shown = (value: number): string => metricText(metric.name, value);
      return `${asCode(metric.title)} on ${split} rows ${shown(mean)}, 95 % interval ${shown(interval.low)} to ${shown(interval.high)}, ${n} seeds`;
    }),
  );
}
