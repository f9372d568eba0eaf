import type { DeviceUsage } from '../../engines/engine.ts';
import type { MetricName } from '../../metrics/registry.ts';

/** What a GPU told of itself, as metrics of the journal: a share of one, bytes, and watts. */
export function usageMetrics({
  utilisation,
  memoryBytes,
  powerWatts,
}: DeviceUsage): readonly (readonly [MetricName, number])[] {
  const told = [
    ['gpu_utilisation', utilisation],
    ['gpu_memory_bytes', memoryBytes],
    ['gpu_power_watts', powerWatts],
  ] as const;
  return told.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}
