import type { RunSummary } from '../contract/run.ts';
import type { ShownRun } from './runNames.ts';

type Summarised = Pick<ShownRun, 'summary'>;

/** The value that a run is judged by, with its step: the same in rows, large figure, flags, tables and bars. */
interface KeptValue {
  readonly name: string;
  readonly value: number;
  readonly step: number;
}

/** That of the best checkpoint, else what the kept weights reach in the first metric that is no loss, else the loss. */
export function keptValue({ summary }: Summarised): KeptValue | undefined {
  if (summary === null || summary.best !== null) return summary?.best ?? undefined;
  const own = Object.entries(keptMetrics({ summary }));
  const [name, value] = own.find(([known]) => known !== 'loss') ?? own[0] ?? [];
  return name === undefined ? undefined : { name, value: value!, step: summary.metricsStep ?? summary.step };
}

const testPrefix = 'test_';

/** All metrics of the kept weights on the validation rows. */
export const keptMetrics = ({ summary }: Summarised): RunSummary['metrics'] =>
  Object.fromEntries(Object.entries(summary?.metrics ?? {}).filter(([name]) => !name.startsWith(testPrefix)));

/** The same on the test rows. */
export const testMetrics = ({ summary }: Summarised): RunSummary['metrics'] =>
  Object.fromEntries(
    Object.entries(summary?.metrics ?? {}).flatMap(([name, value]) =>
      name.startsWith(testPrefix) ? [[name.slice(testPrefix.length), value]] : [],
    ),
  );

/** What runs are judged by, each name once: the loss, and of each run what its weights are kept by and its task's main metric. */
export function judgingMetrics(runs: readonly Summarised[]): readonly string[] {
  const judging = runs.flatMap((run) => [
    keptValue(run)?.name ?? [],
    Object.keys(keptMetrics(run)).find((name) => name !== 'loss') ?? [],
  ]);
  const hasLoss = runs.some((run) => 'loss' in keptMetrics(run));
  return [...new Set([...(hasLoss ? ['loss'] : []), ...judging.flat()])];
}
