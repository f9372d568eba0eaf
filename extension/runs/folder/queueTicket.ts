import { createHash, createHmac, randomBytes } from 'node:crypto';
import { existsSync, realpathSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { runFiles } from '../../contract/run.ts';
import { writeFileAtomic } from '../../files/atomicFile.ts';
import { createOnce } from '../../files/createOnce.ts';
import { errorCode, isCode } from '../../files/failure.ts';
import { FileRefusal, readGuardedSync, sizeLimits } from '../../files/guardedFile.ts';
import { makeFolder } from '../../files/makeFolder.ts';
import { messageOf } from '../../problems/messageOf.ts';
import { RunError } from '../runErrors.ts';
import { nextAttempt } from './claim.ts';

/**
 * A queued run is started by whoever finds room, without a question. So it counts only where and by whom it was queued:
 * its folder holds a ticket, made of its place, its record and the attempt that it is for with a secret of this user. A
 * folder that came with a repository has none that fits, and one that was used fits no second time.
 */

/**
 * Makes the ticket of a run.
 * @param folder where it lies, or lies aside; @param runsFolder and `id`: where it will lie
 * @param attempt that it lets begin
 */
export function writeTicket(folder: string, runsFolder: string, id: string, attempt: number): void {
  const ticket = ticketOf(
    secret(true)!,
    path.join(folder, runFiles.record),
    path.join(realpathSync.native(runsFolder), id),
    attempt,
  );
  writeFileAtomic(path.join(folder, runFiles.ticket), `${ticket}\n`, false);
}

/** Whether this user put the run into the queue, here, and it has not begun since; not where that cannot be looked at. */
export function hasTicket(folder: string): boolean {
  if (!hasAnyTicket(folder)) return false;
  const key = secret(false);
  if (key === undefined) return false;
  try {
    const written = readGuardedSync(path.join(folder, runFiles.ticket), sizeLimits.line).toString('latin1').trim();
    const record = path.join(folder, runFiles.record);
    return written === ticketOf(key, record, realpathSync.native(folder), nextAttempt(folder));
  } catch (error) {
    if (error instanceof FileRefusal || errorCode(error) !== undefined) return false;
    throw error;
  }
}

/** Whether there is a ticket at all; most runs wait for nothing. */
export const hasAnyTicket = (folder: string): boolean => existsSync(path.join(folder, runFiles.ticket));

/** Nobody starts the run without a question any more. */
export const dropTicket = (folder: string): void => rmSync(path.join(folder, runFiles.ticket), { force: true });

/** HMAC-SHA-256 over the record's hash, the place, and the attempt if that is not the first. */
function ticketOf(key: string, recordFile: string, place: string, attempt: number): string {
  const record = createHash('sha256').update(readGuardedSync(recordFile, sizeLimits.runRecord)).digest('hex');
  const parts = attempt === 1 ? [record, place] : [record, place, attempt];
  return createHmac('sha256', key).update(parts.join('\n')).digest('hex');
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
  const refused = (got: string, cause?: unknown): RunError =>
    new RunError(
      'not-writable',
      `${file}: must be writable to queue a run, got ${got}; set XDG_STATE_HOME to a folder that is, or train without --queue`,
      { cause },
    );
  let made: string | undefined;
  try {
    makeFolder(path.dirname(file), 0o700);
    createOnce(file, `${randomBytes(32).toString('hex')}\n`, 0o600);
    made = read();
  } catch (error) {
    throw refused(messageOf(error), error);
  }
  if (made === undefined) throw refused('an empty file');
  return made;
}
