import { randomBytes } from 'node:crypto';
import { linkSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type ProcessRecord, processRecord, runFiles } from '../contract/run.ts';
import { readJsonFile } from './atomicFile.ts';
import { livenessOfRun } from './process.ts';
import { errorCode, isCode, RunError } from './runErrors.ts';

/** A claim whose holder cannot be read is taken to be in the making for this long. */
const makingMs = 10_000;

/** The right to run one run folder. */
export interface Claim {
  readonly file: string;
}

/**
 * Takes the run for this process. The first claim is the file `claim`; a claim whose process is dead is never removed
 * under its holder's eyes but succeeded by `claim.2`, `claim.3` …, each created exclusively: of two takers one wins.
 * @throws RunError `busy` when another process holds it, or when that cannot be told.
 */
export async function claimRun(folder: string, self: ProcessRecord): Promise<Claim> {
  const held = claimNumbers(folder);
  const top = held.at(-1);
  if (top !== undefined) await assertDead(folder, path.join(folder, claimName(top)));
  const mine = (top ?? 0) + 1;
  const file = path.join(folder, claimName(mine));
  createClaim(file, self);
  if (claimNumbers(folder).at(-1) !== mine) {
    rmSync(file, { force: true });
    throw busy(folder, 'another trainer has just taken it');
  }
  for (const number of held) rmSync(path.join(folder, claimName(number)), { force: true });
  return { file };
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

/** Gives back a claim under which nothing was done: the run is queued again. */
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

const claimName = (number: number): string => (number === 1 ? runFiles.claim : `${runFiles.claim}.${number}`);

function claimNumbers(folder: string): number[] {
  const numbers: number[] = [];
  for (const name of readdirSync(folder)) {
    if (name === runFiles.claim) numbers.push(1);
    else if (/^claim\.[1-9]\d*$/.test(name)) numbers.push(Number(name.slice(runFiles.claim.length + 1)));
  }
  return numbers.sort((a, b) => a - b);
}

async function assertDead(folder: string, file: string): Promise<void> {
  const read = readJsonFile(file, processRecord);
  if (read.kind === 'missing') throw busy(folder, 'another trainer has just taken it');
  if (read.kind === 'bad') {
    if (Date.now() - statSync(file).mtimeMs < makingMs) throw busy(folder, 'another trainer is just taking it');
    return;
  }
  // process.json of the same holder also names its worker, which may outlive it.
  const known = readJsonFile(path.join(folder, runFiles.process), processRecord);
  const holder = known.kind === 'ok' && sameProcess(known.value, read.value) ? known.value : read.value;
  switch (await livenessOfRun(holder)) {
    case 'dead':
      return;
    case 'alive':
      throw busy(folder, `process ${holder.pid} is running it; wait for its end or \`peft-lab stop\` it`);
    case 'unknown':
      throw busy(
        folder,
        `process ${holder.pid} on host ${holder.host} took it and cannot be asked from here; if it no longer runs, delete ${file}`,
      );
  }
}

const sameProcess = (a: ProcessRecord, b: ProcessRecord): boolean =>
  a.pid === b.pid && a.startTime === b.startTime && a.host === b.host && a.bootId === b.bootId;

const busy = (folder: string, why: string): RunError =>
  new RunError('busy', `${path.basename(folder)}: a run has one trainer at a time; ${why}`);

/** Created whole or not at all: written aside, then linked. Where links are not to be had, created, then written. */
function createClaim(file: string, self: ProcessRecord): void {
  const text = JSON.stringify(self);
  const aside = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    writeFileSync(aside, text, { flag: 'wx' });
    linkSync(aside, file);
  } catch (error) {
    if (isCode(error, 'EEXIST')) throw busy(path.dirname(file), 'another trainer has just taken it');
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP', 'EMLINK'].includes(errorCode(error) ?? '')) throw error;
    createUnlinked(file, text);
  } finally {
    rmSync(aside, { force: true });
  }
}

function createUnlinked(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    if (isCode(error, 'EEXIST')) throw busy(path.dirname(file), 'another trainer has just taken it');
    throw error;
  }
}
