import type { CalibrationLine } from './machineSpeeds.ts';
import { measureMachine } from './measureMachine.ts';

/** The measuring process's side: says that it is there, how far it is, and what it found. */
export async function calibrate(threads: number, tell: (line: CalibrationLine) => void): Promise<void> {
  tell({ type: 'ready' });
  tell({
    type: 'speeds',
    speeds: await measureMachine(threads, (done, total) => tell({ type: 'progress', done, total })),
  });
}
