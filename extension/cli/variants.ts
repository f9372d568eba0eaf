import type { Override } from '../contract/problem.ts';
import type { RunRecord } from '../contract/run.ts';
import { UserError } from '../problems/userError.ts';
import type { RunEntry } from '../runs/folder/runEntry.ts';
import { configDifferences } from '../view/configDifferences.ts';
import { formatClock, formatCount, formatPercent } from '../view/figures.ts';
import { groupBy } from '../view/groupBy.ts';
import { foldSeeds } from '../view/seedGroup.ts';
import { splitList } from './cli.ts';
import { meanText, table } from './output/format.ts';

/** One of several runs of a command: its settings on top of the config's. */
export interface Variant {
  readonly overrides: readonly Override[];
}

/**
 * Every choice of methods with every seed, seeds innermost; without either, the config as it is.
 * @param methods `a,b`: one run each; a union stands in brackets
 * @throws UserError
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
    throw new UserError(
      `--methods: must be names separated by commas, got ${JSON.stringify(methods)}; a union stands in brackets: "[prefix, ln-tuning]"`,
      'usage',
    );
  return entries.map((entry) => (entry.startsWith('[') ? entry : `[${entry}]`));
}

function seedList(seeds: string): string[] {
  const entries = splitList(seeds);
  const wrong = entries.find((entry) => !/^\d{1,10}$/.test(entry));
  if (wrong !== undefined)
    throw new UserError(
      `--seeds: must be whole numbers separated by commas, got ${JSON.stringify(wrong)}; for example --seeds 1,2,3`,
      'usage',
    );
  return entries;
}

/**
 * One line per experiment: its size, each metric's mean ± standard deviation over its runs, and the steps whose weights are
 * kept. Only runs that differ in the seed alone are averaged.
 */
export function comparisonTable(runs: readonly RunEntry[]): string {
  const groups = foldSeeds(runs);
  const labels = labelsOf(groups.map(([first]) => first!.record));
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.summary.metrics)))];
  const rows = groups.map((group, index) => {
    const { counts } = group[0]!.record;
    const done = group.filter((run) => run.state === 'finished');
    return [
      labels[index]!,
      formatCount(counts.method),
      formatPercent(counts.percent),
      `${done.length}/${group.length}`,
      ...names.map((name) =>
        meanText(
          name,
          done.flatMap((run) => run.summary.metrics[name] ?? []),
        ),
      ),
      stepsText(done.flatMap(({ summary }) => summary.metricsStep ?? [])),
      formatClock(group.reduce((sum, run) => sum + run.summary.elapsedSeconds, 0) / group.length),
    ];
  });
  return table(['methods', 'tunable', 'of base', 'finished', ...names, 'at step', 'time'], rows);
}

/** Methods, and behind them what tells them from others of the same methods, options first: `lora (rank 16)`. */
export function labelsOf(records: readonly RunRecord[]): readonly string[] {
  const labels = new Map<RunRecord, string>();
  for (const namesakes of groupBy(records, ({ methods }) => methods)) {
    const said = configDifferences(namesakes);
    namesakes.forEach((record, index) => {
      const words = said[index]!.join(', ');
      labels.set(record, words === '' ? record.methods : `${record.methods} (${words})`);
    });
  }
  return records.map((record) => labels.get(record)!);
}

/** `120`, or `80…120` where runs keep the weights of different steps. */
function stepsText(steps: readonly number[]): string {
  if (steps.length === 0) return '–';
  const [least, most] = [Math.min(...steps), Math.max(...steps)];
  return least === most ? String(least) : `${least}…${most}`;
}
