import type { RunRecord } from '../contract/run.ts';

/** Equal for runs that repeat one experiment: nothing but seed and name differs. Only such runs are ever averaged. */
export function seedGroupOf({ config, methods, baseFolder, dataHashes }: RunRecord): string {
  const { name, training, ...rest } = config;
  const { seed, ...others } = (training ?? {}) as Record<string, unknown>;
  return JSON.stringify([methods, rest, others, baseFolder, dataHashes]);
}
