import { readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { type ProcessRecord, processRecord, type RunHolder, runFiles, runHolder } from '../../contract/run.ts';
import { readJsonFile } from '../../files/atomicFile.ts';
import { createOnce } from '../../files/createOnce.ts';
import { isCode } from '../../files/failure.ts';
import { guardedSize, sizeLimits } from '../../files/guardedFile.ts';
import { succeeds } from '../../slurm/ownJob.ts';
import { summarizeJournal } from '../journal/summaryFile.ts';
import { jobVerdicts } from '../process/jobVerdicts.ts';
import { livenessOfRun } from '../process/process.ts';
import { RunError } from '../runErrors.ts';
import { clearStopRequest } from './control.ts';
import { hasEnded } from './state.ts';

/** A claim whose holder cannot be read is taken to be in the making for this long. */
const makingMs = 10_000;

/** The right to run one run folder. */
export interface Claim {
  readonly file: string;
}

/** What is said to those who come too late. */
export interface ClaimWords {
  /** `films-0001: a run has one trainer at a time` */
  readonly rule: string;
  /** What to do while another process is at it. */
  readonly cure: string;
}

const wordsOfRun = (folder: string): ClaimWords => ({
  rule: `${path.basename(folder)}: a run has one trainer at a time`,
  cure: 'wait for its end or `peft-lab stop` it',
});

/**
 * Takes the run for this process. The first claim is the file `claim`; one whose attempt has ended, or whose process is
 * dead, is never removed under its holder's eyes but succeeded by `claim.2`, `claim.3` …, each created exclusively: of two
 * takers one wins. The number is that of the attempt.
 * @param words of what is claimed, where that is no run
 * @throws RunError `busy` when another process holds it, or when that cannot be told.
 */
export async function claimRun(
  folder: string,
  self: ProcessRecord,
  words: ClaimWords = wordsOfRun(folder),
): Promise<Claim> {
  const held = claimNumbers(folder);
  const mine = nextAttempt(folder);
  await demandFree(folder, self, words);
  // A new attempt must not obey what one before it was asked; what it is asked once it holds the run stands.
  clearStopRequest(folder);
  const file = path.join(folder, claimName(mine));
  if (!createOnce(file, JSON.stringify(self))) throw busy(words, 'another trainer has just taken it');
  if (claimNumbers(folder).at(-1) !== mine) {
    rmSync(file, { force: true });
    throw busy(words, 'another trainer has just taken it');
  }
  // The one before stays: given back, the run is what it was.
  for (const number of held.slice(0, -1)) rmSync(path.join(folder, claimName(number)), { force: true });
  return { file };
}

/** @throws RunError `busy` when another process holds the run, or when that cannot be told. */
export async function demandFree(folder: string, self: ProcessRecord, words = wordsOfRun(folder)): Promise<void> {
  const top = attemptAt(folder);
  if (top !== undefined) await assertOver(folder, top, self, words);
}

/** Takes the run for this process; undefined when another process was quicker. */
export async function claimUnlessTaken(folder: string, self: ProcessRecord): Promise<Claim | undefined> {
  try {
    return await claimRun(folder, self);
  } catch (error) {
    if (error instanceof RunError && error.code === 'busy') return undefined;
    throw error;
  }
}

/** Gives back a claim under which nothing was done: the run is what it was before. */
export function releaseClaim(claim: Claim): void {
  rmSync(claim.file, { force: true });
}

/** Who holds the run, or undefined when nobody ever did (a queued run). */
export function claimHolder(folder: string): ProcessRecord | undefined {
  const top = claimNumbers(folder).at(-1);
  if (top === undefined) return undefined;
  const read = readJsonFile(path.join(folder, claimName(top)), processRecord);
  return read.kind === 'ok' ? read.value : undefined;
}

/** Who works on the run, or did last: as `process.json` has it, with its worker, unless a later attempt has just claimed the run. */
export function readHolder(folder: string): RunHolder | undefined {
  const recorded = readRecorded(folder);
  const [claimed, attempt] = [claimHolder(folder), attemptAt(folder)];
  if (claimed === undefined || attempt === undefined) return recorded;
  return recorded !== undefined && recorded.attempt >= attempt ? recorded : { ...claimed, attempt };
}

function readRecorded(folder: string): RunHolder | undefined {
  const read = readJsonFile(path.join(folder, runFiles.process), runHolder);
  return read.kind === 'ok' ? read.value : undefined;
}

/** The attempt that holds the run, from 1; undefined when nobody ever did. */
export const attemptAt = (folder: string): number | undefined => claimNumbers(folder).at(-1);

/**
 * The attempt that would begin now, from 1. A claim that was deleted by hand counts too: its holder may still be there and must
 * notice.
 */
export function nextAttempt(folder: string): number {
  const known = Math.max(attemptAt(folder) ?? 0, readRecorded(folder)?.attempt ?? 0);
  return Math.max(known, hasBegun(folder) ? 1 : 0) + 1;
}

/** Whether anything was trained, or put on record, ever. */
export const hasBegun = (folder: string): boolean =>
  (guardedSize(path.join(folder, runFiles.journal), sizeLimits.journal) ?? 0) > 0;

/** @throws RunError `superseded` when a later attempt has taken the run: its folder is no longer ours to write. */
export function assertHeld(folder: string, attempt: number): void {
  const holding = attemptAt(folder) ?? 0;
  if (holding <= attempt) return;
  const holder = claimHolder(folder);
  const who = holder === undefined ? '' : ` by process ${holder.pid} on host ${holder.host}`;
  throw new RunError(
    'superseded',
    `${path.basename(folder)}: attempt ${attempt} has been taken over by attempt ${holding}${who}; this one ends and writes nothing more`,
  );
}

const claimName = (number: number): string => (number === 1 ? runFiles.claim : `${runFiles.claim}.${number}`);

function claimNumbers(folder: string): number[] {
  const numbers: number[] = [];
  for (const name of namesIn(folder)) {
    if (name === runFiles.claim) numbers.push(1);
    else if (/^claim\.[1-9]\d*$/.test(name)) numbers.push(Number(name.slice(runFiles.claim.length + 1)));
  }
  return numbers.sort((a, b) => a - b);
}

/** A folder that has been deleted holds no claim; whoever writes into it learns what happened. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function assertOver(folder: string, attempt: number, self: ProcessRecord, words: ClaimWords): Promise<void> {
  const file = path.join(folder, claimName(attempt));
  const read = readJsonFile(file, processRecord);
  if (read.kind === 'missing') throw busy(words, 'another trainer has just taken it');
  if (read.kind === 'bad') {
    if (Date.now() - statSync(file).mtimeMs < makingMs) throw busy(words, 'another trainer is just taking it');
    return;
  }
  // process.json of the same holder also names its worker, which may outlive it.
  const known = readRecorded(folder);
  const holder = known !== undefined && sameProcess(known, read.value) ? known : read.value;
  // The cluster has started this job again: whatever its old node still does, that attempt is over.
  if (succeeds(self.job, holder.job)) return;
  // An end on record is believed on every host: nobody writes after it.
  const summary = await summarizeJournal(folder, holder.claimedAt);
  if (hasEnded(summary, { attempt })) return;
  const liveness = await livenessOfRun(holder);
  if (liveness === 'alive') throw busy(words, `process ${holder.pid} is running it; ${words.cure}`);
  const [job] = await jobVerdicts([holder], { fresh: true });
  if (job?.state === 'running' || job?.state === 'queued')
    throw busy(words, `job ${holder.job!.id} works on it; ${words.cure}`);
  if (job !== undefined) return;
  switch (liveness) {
    case 'dead':
      return;
    case 'unknown':
      throw busy(
        words,
        `process ${holder.pid} on host ${holder.host} took it and cannot be asked from here; if it no longer runs, delete ${file}`,
      );
  }
}

const sameProcess = (a: ProcessRecord, b: ProcessRecord): boolean =>
  a.pid === b.pid && a.startTime === b.startTime && a.host === b.host && a.bootId === b.bootId;

const busy = ({ rule }: ClaimWords, why: string): RunError => new RunError('busy', `${rule}; ${why}`);
