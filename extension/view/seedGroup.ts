import type { RunRecord } from '../contract/run.ts';

/** Equal for runs that repeat one experiment: nothing but seed and name differs. Only such runs are ever averaged. */
export function seedGroupOf({ config, methods, baseFolder, dataHashes }: RunRecord): string {
  const { name, training, ...rest } = config;
  const { seed, ...others } = training;
  return JSON.stringify([methods, rest, others, baseFolder, dataHashes]);
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
