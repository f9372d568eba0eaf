import { createHash, createHmac, randomBytes } from 'node:crypto';
import { linkSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { runFiles } from '../../contract/run.ts';
import { writeFileAtomic } from '../../files/atomicFile.ts';
import { errorCode, isCode } from '../../files/failure.ts';
import { FileRefusal, readGuardedSync, sizeLimits } from '../../files/guardedFile.ts';
import { makeFolder } from '../../files/makeFolder.ts';
import { messageOf } from '../../problems/messageOf.ts';
import { RunError } from '../runErrors.ts';

/**
 * A queued run is started by whoever finds room, without a question. So it counts only where and by whom it was queued:
 * its folder holds a ticket, made of its place and its record with a secret of this user. A folder that came with a
 * repository has none that fits.
 */

/** Makes the ticket of a run. @param folder where it lies, or lies aside; @param runsFolder and `id`: where it will lie */
export function writeTicket(folder: string, runsFolder: string, id: string): void {
  const ticket = ticketOf(
    secret(true)!,
    path.join(folder, runFiles.record),
    path.join(realpathSync.native(runsFolder), id),
  );
  writeFileAtomic(path.join(folder, runFiles.ticket), `${ticket}\n`, false);
}

/** Whether this user put the run into the queue, here; not where that cannot be looked at. */
export function hasTicket(folder: string): boolean {
  const key = secret(false);
  if (key === undefined) return false;
  try {
    const written = readGuardedSync(path.join(folder, runFiles.ticket), sizeLimits.line).toString('latin1').trim();
    return written === ticketOf(key, path.join(folder, runFiles.record), realpathSync.native(folder));
  } catch (error) {
    if (error instanceof FileRefusal || errorCode(error) !== undefined) return false;
    throw error;
  }
}

/** HMAC-SHA-256 over the place and the record's hash. */
function ticketOf(key: string, recordFile: string, place: string): string {
  const record = createHash('sha256').update(readGuardedSync(recordFile, sizeLimits.runRecord)).digest('hex');
  return createHmac('sha256', key).update(`${record}\n${place}`).digest('hex');
}

/** XDG_STATE_HOME, else ~/.local/state; LOCALAPPDATA on Windows. */
const secretFile = (): string =>
  path.join(
    process.env.XDG_STATE_HOME || process.env.LOCALAPPDATA || path.join(homedir(), '.local', 'state'),
    'peft-lab',
    'queue.key',
  );

/** This user's secret; made once where it is missing, by one process alone. @throws RunError when it cannot be made */
function secret(make: boolean): string | undefined {
  const file = secretFile();
  const read = (): string | undefined => {
    try {
      return readGuardedSync(file, sizeLimits.line).toString('latin1').trim() || undefined;
    } catch (error) {
      if (isCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
      if (!make) return undefined;
      throw error;
    }
  };
  const known = read();
  if (known !== undefined || !make) return known;
  const aside = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    makeFolder(path.dirname(file), 0o700);
    writeFileSync(aside, `${randomBytes(32).toString('hex')}\n`, { flag: 'wx', mode: 0o600 });
    try {
      linkSync(aside, file);
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
    } finally {
      rmSync(aside, { force: true });
    }
    return read();
  } catch (error) {
    const got = messageOf(error);
    throw new RunError(
      'not-writable',
      `${file}: must be writable to queue a run, got ${got}; set XDG_STATE_HOME to a folder that is, or train without --queue`,
      { cause: error },
    );
  }
}
