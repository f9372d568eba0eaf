import { isCode } from '../../extension/files/failure.ts';

/** Sends a signal to processes; one that has ended a moment ago hears nothing. */
export function sendSignal(signal: NodeJS.Signals, ...pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!isCode(error, 'ESRCH')) throw error;
    }
  }
}
