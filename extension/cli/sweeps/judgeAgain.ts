import type { RunRecord } from '../../contract/run.ts';
import { errorMessage } from '../../files/failure.ts';
import type { RunStore } from '../../runs/folder/store.ts';
import { isSweepIn, resolveSweep } from '../../runs/folder/sweepFolder.ts';
import type { Cli } from '../cli.ts';

/** Keeps anew what a sweep has shown, where a run of it was gone on with by itself and it is whole. */
export async function judgeAgain(cli: Cli, store: RunStore, { sweep }: Pick<RunRecord, 'sweep'>): Promise<void> {
  if (sweep === undefined || !isSweepIn(store.folder, sweep.id)) return;
  try {
    const stored = (await import('./storedSweep.ts')).storedSweep(store, resolveSweep(store.folder, sweep.id));
    (await import('./openSweep.ts')).demandSamePlan(stored);
    await (await import('./keepVerdict.ts')).keepVerdict(stored);
  } catch (error) {
    cli.note(`${errorMessage(error)}\n`);
  }
}
