import { readFileSync } from 'node:fs';

/** Largest memory that a process has held, in bytes, as Linux counts it; 0 once it has ended. */
export function peakMemoryBytes(pid: number): number {
  try {
    const kibibytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return 1024 * Number(kibibytes ?? 0);
  } catch {
    return 0;
  }
}
