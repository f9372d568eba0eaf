import type { CalibrationLine } from './machineSpeeds.ts';
import { measureMachine } from './measureMachine.ts';
import { othersShare, processorTime } from './othersShare.ts';

/** The measuring process's side: says that it is there, how far it is, and what it found. */
export async function calibrate(threads: number, tell: (line: CalibrationLine) => void): Promise<void> {
  tell({ type: 'ready' });
  const before = processorTime();
  const speeds = await measureMachine(threads, (done, total) => tell({ type: 'progress', done, total }));
  tell({ type: 'speeds', speeds, othersShare: othersShare(before, processorTime()) });
}
