import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { notify } from '../editor/notify.ts';
import { eachRun } from './eachRun.ts';
import type { RunCatalog } from './runCatalog.ts';

/** Changes each run that can be changed, with a notice of what stayed and the list drawn anew. */
export async function changeEachRun(
  catalog: Pick<RunCatalog, 'refresh'>,
  runs: readonly RunEntry[],
  change: (run: RunEntry) => Promise<void>,
): Promise<void> {
  try {
    const stayed = await eachRun(runs, change);
    if (stayed !== undefined) void notify.warning(stayed);
  } finally {
    await catalog.refresh();
  }
}
