import type { RunRecord } from '../contract/run.ts';

/**
 * Equal for runs that repeat one experiment: nothing but seed and name differs. Only such runs are ever averaged; a run that chose the
 * values is none of those that were trained with them, for it is good by choice.
 */
export function seedGroupOf({ config, methods, baseFolder, dataHashes, sweep }: RunRecord): string {
  const { name, training, ...rest } = config;
  const { seed, ...others } = training;
  return JSON.stringify([methods, rest, others, baseFolder, dataHashes, sweep?.stage === 'tuning']);
}

/**
 * Runs by the experiment that they repeat, each seed once: a further run of one seed is no further sample, and stands by
 * itself. In the order given.
 */
export function foldSeeds<R extends { readonly record: RunRecord }>(
  runs: readonly R[],
  groupOf: (run: R) => string = ({ record }) => seedGroupOf(record),
): readonly (readonly R[])[] {
  const groups = new Map<string, R[]>();
  for (const run of runs) {
    const group = groupOf(run);
    const isRepeated = groups.get(group)?.some(({ record }) => record.seed === run.record.seed) ?? false;
    const key = isRepeated ? `${group} ${run.record.id}` : group;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()];
}
