// Ours, because packages that kill trees ask `ps` or `wmic` who the children are; a process group needs no question.

import { spawn } from 'node:child_process';
import { isCode } from '../files/failure.ts';

/**
 * Ends a process and what it started. On POSIX the process must lead its group (be spawned detached); on Windows
 * there is only the hard way, `taskkill /T /F`.
 */
export function killTree(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { windowsHide: true, stdio: 'ignore' }).on('error', () => {
      killOne(pid, signal);
    });
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!isCode(error, 'ESRCH', 'EPERM')) throw error;
    killOne(pid, signal);
  }
}

function killOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!isCode(error, 'ESRCH')) throw error;
  }
}
