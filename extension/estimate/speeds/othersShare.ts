import { type CpuInfo, cpus } from 'node:os';

/** Processor time of all cores up to a moment, and this process's part of it. */
interface ProcessorTime {
  readonly cores: readonly Pick<CpuInfo, 'times'>[];
  readonly own: NodeJS.CpuUsage;
}

/** Processor time up to now. */
export const processorTime = (): ProcessorTime => ({ cores: cpus(), own: process.cpuUsage() });

/** The share, 0 … 1, of all processor time between two moments that other processes took. */
export function othersShare(before: ProcessorTime, after: ProcessorTime): number {
  const [from, to] = [sums(before), sums(after)];
  const others = to.usedMs - from.usedMs - (to.ownMs - from.ownMs);
  return Math.min(1, Math.max(0, others / Math.max(1, to.allMs - from.allMs)));
}

function sums({ cores, own }: ProcessorTime) {
  const sum = { allMs: 0, usedMs: 0, ownMs: (own.user + own.system) / 1000 };
  for (const { times } of cores) {
    const used = times.user + times.nice + times.sys + times.irq;
    sum.usedMs += used;
    sum.allMs += used + times.idle;
  }
  return sum;
}
