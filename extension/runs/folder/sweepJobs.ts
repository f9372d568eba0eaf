import { closeSync, existsSync, fsyncSync, writeSync } from 'node:fs';
import path from 'node:path';
import { type SlurmJobLine, slurmFiles, slurmJobLine } from '../../contract/sweep.ts';
import { readGuardedSync, sizeLimits } from '../../files/guardedFile.ts';
import { makeOwnFolder, openForAppending } from '../../files/ownFile.ts';

/** An array of jobs as it was submitted. */
export type Batch = Extract<SlurmJobLine, { tasks: unknown }> & {
  /** Undefined where the one who submitted it did not live to learn it. */
  readonly id: string | undefined;
  /** Whether we took it back: what had not begun by then leaves no trace in Slurm. */
  readonly cancelled: boolean;
};

/** Where scripts and logs of a sweep's jobs lie. */
export const slurmFolder = (sweepFolder: string): string => path.join(sweepFolder, slurmFiles.folder);

const jobsFile = (sweepFolder: string): string => path.join(slurmFolder(sweepFolder), slurmFiles.jobs);

/** Every array that was submitted for a sweep, in order. Lines that were cut off are passed over. */
export function readBatches(sweepFolder: string): readonly Batch[] {
  const file = jobsFile(sweepFolder);
  if (!existsSync(file)) return [];
  const lines = readGuardedSync(file, sizeLimits.journal).toString('utf8').split('\n').flatMap(parseLine);
  const ids = new Map(lines.flatMap((line) => ('id' in line ? [[line.batch, line.id] as const] : [])));
  const cancelled = new Set(lines.flatMap((line) => ('cancelled' in line ? [line.batch] : [])));
  return lines.flatMap((line) =>
    'tasks' in line ? [{ ...line, id: ids.get(line.batch), cancelled: cancelled.has(line.batch) }] : [],
  );
}

/** Adds a line; each stands after a line end of its own, so that one that was cut off spoils no other. */
export function addJobLine(sweepFolder: string, line: SlurmJobLine): void {
  makeOwnFolder(slurmFolder(sweepFolder));
  const descriptor = openForAppending(jobsFile(sweepFolder));
  try {
    writeSync(descriptor, `\n${JSON.stringify(line)}`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function parseLine(text: string): readonly SlurmJobLine[] {
  try {
    const read = slurmJobLine.safeParse(JSON.parse(text));
    return read.success ? [read.data] : [];
  } catch {
    return [];
  }
}
