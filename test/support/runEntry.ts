import path from 'node:path';
import type { RunNotes, RunState, RunSummary } from '../../extension/contract/run.ts';
import { runNotes } from '../../extension/contract/run.ts';
import type { RunEntry } from '../../extension/runs/folder/runEntry.ts';
import { startSummary } from '../../extension/runs/journal/summary.ts';
import { at, newRun, type RecordParts } from './newRun.ts';

export interface EntryParts {
  readonly id?: string;
  readonly state?: RunState;
  readonly message?: string;
  readonly record?: RecordParts;
  readonly summary?: Partial<RunSummary>;
  readonly notes?: Partial<RunNotes>;
}

/** A run as lists show it, without a folder on disk. */
export function runEntry({ id = 'a', state = 'finished', message, record, summary, notes }: EntryParts = {}): RunEntry {
  return {
    id,
    folder: path.join('/runs', id),
    record: {
      version: 1,
      id,
      createdAt: at(0),
      ...newRun(record),
    },
    summary: { ...startSummary(at(0)).summary, state, ...summary },
    notes: runNotes.parse(notes ?? {}),
    state,
    message: message ?? null,
  };
}
