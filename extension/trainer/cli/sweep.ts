import type { RunEntry } from '../../runs/runEntry.ts';
import type { Override } from '../operations.ts';
import { splitList, UsageError } from './cli.ts';
import { count, duration, meanAndDeviation, table } from './format.ts';

/** One run of a sweep: its settings on top of the config's. */
export interface Variant {
  readonly overrides: readonly Override[];
}

/**
 * Every choice of methods with every seed, seeds innermost; without either, the config as it is.
 * @param methods `a,b`: one run each; a union stands in brackets
 * @throws UsageError
 */
export function variantsOf(
  overrides: readonly Override[],
  methods: string | undefined,
  seeds: string | undefined,
): readonly Variant[] {
  const methodSettings = methods === undefined ? [[]] : methodList(methods).map((entry) => [`methods=${entry}`]);
  const seedSettings = seeds === undefined ? [[]] : seedList(seeds).map((seed) => [`training.seed=${seed}`]);
  return methodSettings.flatMap((method) =>
    seedSettings.map((seed) => ({ overrides: [...overrides, ...method, ...seed] })),
  );
}

/** `ln-tuning,[prefix, ln-tuning]` → one list each, in the config's syntax. */
export function methodList(methods: string): string[] {
  const entries = splitList(methods);
  if (entries.includes(''))
    throw new UsageError(
      `--methods: must be names separated by commas, got ${JSON.stringify(methods)}; a union stands in brackets: "[prefix, ln-tuning]"`,
    );
  return entries.map((entry) => (entry.startsWith('[') ? entry : `[${entry}]`));
}

function seedList(seeds: string): string[] {
  const entries = splitList(seeds);
  const wrong = entries.find((entry) => !/^\d{1,10}$/.test(entry));
  if (wrong !== undefined)
    throw new UsageError(
      `--seeds: must be whole numbers separated by commas, got ${JSON.stringify(wrong)}; for example --seeds 1,2,3`,
    );
  return entries;
}

/** One line per choice of methods: its size, and each metric's mean ± standard deviation over its runs. */
export function comparisonTable(runs: readonly RunEntry[]): string {
  const groups = new Map<string, RunEntry[]>();
  for (const run of runs) groups.set(run.record.methods, [...(groups.get(run.record.methods) ?? []), run]);
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.summary.metrics)))];
  const rows = [...groups].map(([methods, group]) => {
    const { counts } = group[0]!.record;
    const done = group.filter((run) => run.state === 'finished');
    return [
      methods,
      count(counts.method),
      counts.percent.toFixed(3),
      `${done.length}/${group.length}`,
      ...names.map((name) => meanAndDeviation(done.flatMap((run) => run.summary.metrics[name] ?? []))),
      duration(group.reduce((sum, run) => sum + run.summary.elapsedSeconds, 0) / group.length),
    ];
  });
  return table(['methods', 'tunable', '% of base', 'finished', ...names, 'time'], rows);
}
