import path from 'node:path';
import { type RunSummary, runFiles } from '../../contract/run.ts';
import { writeJsonAtomic } from '../../files/atomicFile.ts';
import { isCode } from '../../files/failure.ts';
import { scanJournal } from './journalReader.ts';
import { reduceSummary, type SummaryProgress, startSummary } from './summary.ts';

/**
 * Reduces a run's whole journal.
 * @param createdAt Stands in for the time of the last event where there is none.
 */
export async function replayJournal(folder: string, createdAt: string): Promise<SummaryProgress> {
  let progress = startSummary(createdAt);
  const { bytes } = await scanJournal(path.join(folder, runFiles.journal), (events) => {
    progress = events.reduce(reduceSummary, progress);
  });
  return { ...progress, summary: { ...progress.summary, journalBytes: bytes } };
}

/** The summary computed from the journal. */
export const summarizeJournal = async (folder: string, createdAt: string): Promise<RunSummary> =>
  (await replayJournal(folder, createdAt)).summary;

/** Writes the cache for lists; a folder that cannot be written keeps none, and lists stay right without it. */
export function saveSummary(folder: string, summary: RunSummary): void {
  try {
    writeJsonAtomic(path.join(folder, runFiles.summary), summary, false);
  } catch (error) {
    if (!isCode(error, 'EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT', 'ENOENT')) throw error;
  }
}
