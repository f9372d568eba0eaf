import type { Budget } from '../../contract/budget.ts';
import { metricOf } from '../../metrics/registry.ts';
import type { ReportError } from './readArms.ts';
import { firstTuningSeed, isRange, type Search, seedsOf, type TunedAxis, type Tuning } from './sweep.ts';
import { takesWholeNumbers } from './sweepKeys.ts';
import type { SweepInput } from './sweepSchema.ts';

/** What `tune` says; undefined where nothing is tuned. `seeds` are those of the results. */
export function readTuning({ tune }: SweepInput, seeds: readonly number[], error: ReportError): Tuning | undefined {
  if (tune === null) return undefined;
  const { search: written, seeds: ownSeeds, metric, ...keys } = tune;
  const axes = Object.entries(keys).map(([key, values]) => ({ key, values }));
  if (axes.length === 0)
    error(['tune'], 'must name what is tuned, got no config key; for example training.learning_rate: [3e-4, 1e-3]');
  const search = readSearch(written);
  for (const axis of axes) checkAxis(axis, search, error);

  const tuningSeeds = seedsOf(ownSeeds, firstTuningSeed);
  const shared = tuningSeeds.find((seed) => seeds.includes(seed));
  if (shared !== undefined)
    error(
      ['tune', 'seeds'],
      `must be other seeds than those of the results, got ${shared} in both; seeds that chose the values give results that are too good`,
    );
  if (metric !== null && metricOf(metric).direction === null)
    error(['tune', 'metric'], `must be a metric of which one end is good, got ${metric}`);
  return { axes, search, seeds: tuningSeeds, metric: metric ?? undefined };
}

function readSearch(written: NonNullable<SweepInput['tune']>['search']): Search {
  if (written === 'grid') return { kind: 'grid' };
  const kinds = typeof written === 'string' ? { [written]: undefined } : written;
  if ('random' in kinds) return { kind: 'random', runs: kinds.random?.runs ?? 10, seed: kinds.random?.seed ?? 0 };
  const { eta = 3, first = '1 epoch', runs, seed = 0 } = kinds.halving ?? {};
  return { kind: 'halving', eta, first: readBudget(first), runs, seed };
}

/** `1 epoch`, `200 steps`; a number alone is epochs. */
function readBudget(written: string | number): Budget {
  if (typeof written === 'number') return { amount: written, unit: 'epochs' };
  return { amount: Number.parseFloat(written), unit: written.includes('step') ? 'steps' : 'epochs' };
}

function checkAxis({ key, values }: TunedAxis, search: Search, error: ReportError): void {
  const path = ['tune', key];
  if (!isRange(values)) {
    values.forEach((value, i) => {
      if (values.indexOf(value) < i) error([...path, i], `must have each value once, got ${String(value)} again`);
    });
    return;
  }
  const { from, to, scale, count } = values;
  if (from >= to) error(path, `must have from below to, got ${from} and ${to}`);
  else if (scale === 'log' && from <= 0) error([...path, 'from'], `must be above 0 with scale: log, got ${from}`);
  else if (takesWholeNumbers(key) && Math.ceil(from) > Math.floor(to))
    error(path, `must hold a whole number, got ${from} to ${to}; widen the range`);
  const drawn = search.kind === 'random' || (search.kind === 'halving' && search.runs !== undefined);
  if (!drawn && count === undefined)
    error(path, 'a grid needs to know how many values to take, got a range without count; add count: 5');
}
