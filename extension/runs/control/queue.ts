import path from 'node:path';
import { type ProcessRecord, runFiles } from '../../contract/run.ts';
import { isInstalled, type TrainerProgram } from '../../processes/trainerCommand.ts';
import { type Claim, claimHolder, releaseClaim } from '../folder/claim.ts';
import type { RunEntry } from '../folder/runEntry.ts';
import type { RunStore } from '../folder/store.ts';
import { spawnDetached, workingFolder } from './spawn.ts';

/** The order in which queued runs start: what was put first, the last such before others, then the oldest. */
export function byTurn(a: RunEntry, b: RunEntry): number {
  const [first, second] = [a.notes.putFirstAt ?? '', b.notes.putFirstAt ?? ''];
  if (first !== second) return first > second ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

/**
 * Place of a run in the queue of its runs folder, 1 for the next to start; undefined where it does not wait.
 * @param queue of all folders, in order
 */
export function placeInQueue({ folder }: RunEntry, queue: readonly RunEntry[]): number | undefined {
  const own = queue.filter((queued) => path.dirname(queued.folder) === path.dirname(folder));
  const index = own.findIndex((queued) => queued.folder === folder);
  return index === -1 ? undefined : index + 1;
}

/**
 * Starts a supervisor of its own for each queued run, in turn, as long as fewer than `limit` runs are running.
 * Called by whoever may find room in the queue: a supervisor at its end, a window that opens. Two callers at once do
 * no harm: of two supervisors for one run the second finds it claimed.
 * @returns the runs started
 */
export async function startQueued(
  store: RunStore,
  trainer: TrainerProgram,
  limit: number,
): Promise<readonly RunEntry[]> {
  if (!isInstalled(trainer)) return [];
  const { runs } = await store.list();
  const room = limit - runs.filter((run) => run.state === 'running').length;
  const next = runs
    .filter((run) => run.state === 'queued')
    .sort(byTurn)
    .slice(0, Math.max(0, room));
  for (const run of next) {
    const command = ['supervise', run.folder, '--limit', String(limit)];
    await spawnDetached(trainer, command, {
      logFile: path.join(run.folder, runFiles.log),
      folder: workingFolder(run),
    });
  }
  return next;
}

/**
 * Gives a just claimed run back when others that claimed earlier already fill the limit: two supervisors that looked
 * at the same moment may both have found room.
 * @returns whether the run stays claimed
 */
export async function keepsWithinLimit(
  store: RunStore,
  folder: string,
  claim: Claim,
  self: ProcessRecord,
  limit: number,
): Promise<boolean> {
  const { runs } = await store.list();
  const others = runs.filter((run) => run.state === 'running' && run.folder !== folder);
  const holders = others.map((run) => claimHolder(run.folder));
  const earlier = holders.filter((holder) => holder !== undefined && comesBefore(holder, self));
  if (earlier.length < limit) return true;
  releaseClaim(claim);
  return false;
}

const comesBefore = (a: ProcessRecord, b: ProcessRecord): boolean =>
  a.claimedAt < b.claimedAt || (a.claimedAt === b.claimedAt && a.pid < b.pid);
