import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import {
  type RunHolder,
  type RunNotes,
  type RunRecord,
  type RunState,
  type RunSummary,
  runFiles,
  runNotes,
  runSummary,
} from '../../contract/run.ts';
import { type JsonFile, readJsonFile } from '../../files/atomicFile.ts';
import { guardedSize, sizeLimits } from '../../files/guardedFile.ts';
import { messageOf } from '../../problems/messageOf.ts';
import type { JobVerdict } from '../../slurm/jobState.ts';
import { startSummary } from '../journal/summary.ts';
import { saveSummary, summarizeJournal } from '../journal/summaryFile.ts';
import { jobVerdicts } from '../process/jobVerdicts.ts';
import { type Liveness, livenessOfRuns } from '../process/process.ts';
import { readHolder } from './claim.ts';
import { hasAnyTicket, hasTicket } from './queueTicket.ts';
import { readRecordFile } from './recordedPath.ts';
import { runStateOf } from './state.ts';

/** Run folders read between two turns of the event loop, a millisecond or two. */
const batch = 16;

/** One run as lists show it. */
export interface RunEntry {
  readonly id: string;
  readonly folder: string;
  readonly record: RunRecord;
  readonly summary: RunSummary;
  readonly notes: RunNotes;
  /** From the journal and the process; `summary.state` is the journal's word alone. */
  readonly state: RunState;
  readonly message: string | null;
}

export type ReadRun =
  | { readonly kind: 'run'; readonly entry: RunEntry }
  | { readonly kind: 'unreadable'; readonly folder: string; readonly problem: string };

interface UnreadableFolder {
  readonly folder: string;
  readonly problem: string;
}

interface RunParts {
  readonly folder: string;
  readonly record: RunRecord;
  readonly notes: RunNotes;
  readonly cached: JsonFile<RunSummary>;
  readonly journalBytes: number;
  /** Undefined for an ended run, whose process need not be looked up, and for a new one that waits. */
  readonly holder: RunHolder | undefined;
}

/** Reads run folders; the processes of all unfinished ones are looked up together. */
export async function readRuns(folders: readonly string[], records: Map<string, RunRecord>): Promise<ReadRun[]> {
  const parts: (RunParts | UnreadableFolder)[] = [];
  for (let start = 0; start < folders.length; start += batch) {
    for (const folder of folders.slice(start, start + batch)) parts.push(readParts(folder, records));
    await eventLoopTurn();
  }
  const holders = parts.flatMap((part) => ('record' in part && part.holder !== undefined ? [part.holder] : []));
  const liveness = await livenessOfRuns(holders);
  const livenessByHolder = new Map(holders.map((holder, index) => [holder, liveness[index]!]));
  const away = holders.filter((holder) => livenessByHolder.get(holder) !== 'alive');
  const jobs = await jobVerdicts(away);
  const jobByHolder = new Map(away.map((holder, index) => [holder, jobs[index]]));
  const read: ReadRun[] = [];
  for (const part of parts) {
    if ('problem' in part) read.push({ kind: 'unreadable', ...part });
    else {
      const { folder, holder } = part;
      const entry = toEntry(part, holder && livenessByHolder.get(holder), holder && jobByHolder.get(holder));
      const unread = (error: unknown): ReadRun => ({ kind: 'unreadable', folder, problem: unreadable(error) });
      read.push(await entry.catch(unread));
    }
  }
  return read;
}

function readParts(folder: string, records: Map<string, RunRecord>): RunParts | UnreadableFolder {
  try {
    const known = records.get(folder);
    const record = known === undefined ? readRecordFile(folder) : ({ kind: 'ok', value: known } as const);
    if (record.kind === 'missing') return { folder, problem: `is not a run folder: it has no ${runFiles.record}` };
    if (record.kind === 'bad') return { folder, problem: record.problem };
    records.set(folder, record.value);
    const { id } = record.value;
    if (isCopyOf(id, folder)) return { folder, problem: `is a copy of ${id}; move it elsewhere` };
    const cached = readJsonFile(path.join(folder, runFiles.summary), runSummary);
    const notes = readJsonFile(path.join(folder, runFiles.notes), runNotes);
    const journalBytes = guardedSize(path.join(folder, runFiles.journal), sizeLimits.journal) ?? 0;
    const settled =
      cached.kind === 'ok' &&
      cached.value.endedAt !== null &&
      cached.value.journalBytes === journalBytes &&
      !resumedSince(folder, cached.value.endedAt) &&
      !hasAnyTicket(folder);
    return {
      folder,
      record: record.value,
      notes: notes.kind === 'ok' ? notes.value : emptyNotes,
      cached,
      journalBytes,
      holder: settled ? undefined : readHolder(folder),
    };
  } catch (error) {
    return { folder, problem: unreadable(error) };
  }
}

const emptyNotes = runNotes.parse({});

/** Whether the run of this id lies beside a folder of another name: two of one id would be taken for each other. */
export const isCopyOf = (id: string, folder: string): boolean =>
  path.basename(folder).toLowerCase() !== id.toLowerCase() &&
  existsSync(path.join(path.dirname(folder), path.basename(id), runFiles.record));

/** Whether `process.json` is younger than the end that the summary tells of. */
function resumedSince(folder: string, endedAt: string): boolean {
  const written = statSync(path.join(folder, runFiles.process), { throwIfNoEntry: false });
  return written !== undefined && written.mtimeMs > Date.parse(endedAt);
}

async function toEntry(part: RunParts, liveness: Liveness = 'unknown', job: JobVerdict | undefined): Promise<ReadRun> {
  const { folder, record, notes, cached, journalBytes, holder } = part;
  const fresh = cached.kind === 'ok' && cached.value.journalBytes === journalBytes;
  // A running worker refreshes its own cache within a second: it need not be overtaken.
  const kept = cached.kind === 'ok' && (fresh || liveness === 'alive') ? cached.value : undefined;
  // A hundred runs that wait have no journals: looking for them would cost more than all else.
  const none = journalBytes === 0 ? startSummary(record.createdAt).summary : undefined;
  const summary = kept ?? none ?? (await summarizeJournal(folder, record.createdAt));
  if (kept === undefined && liveness !== 'alive' && journalBytes > 0) saveSummary(folder, summary);
  const { state, message } = runStateOf({ summary, holder, liveness, job, queuedHere: () => hasTicket(folder) });
  return { kind: 'run', entry: { id: record.id, folder, record, summary, notes, state, message } };
}

const unreadable = (error: unknown): string => `cannot be read: ${messageOf(error)}`;
