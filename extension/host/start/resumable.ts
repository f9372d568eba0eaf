import path from 'node:path';
import type { RunEntry } from '../../runs/folder/runEntry.ts';

/**
 * Which of the runs that wait to be resumed there is room for, in their order: beside those of their runs folder that run,
 * and those of its queue, which come first.
 * @param all runs as they are now
 * @param starting folders of those that were just resumed, whose processes may not have shown themselves yet
 * @param limitOf how many runs of a runs folder may run at once
 */
export function resumable(
  waiting: readonly RunEntry[],
  all: readonly RunEntry[],
  starting: ReadonlySet<string>,
  limitOf: (runsFolder: string) => number,
): readonly RunEntry[] {
  const rooms = new Map<string, number>();
  return waiting.filter(({ folder }) => {
    const runsFolder = path.dirname(folder);
    const isBusy = (run: RunEntry): boolean =>
      path.dirname(run.folder) === runsFolder &&
      (run.state === 'running' || run.state === 'queued' || starting.has(run.folder));
    const room = rooms.get(runsFolder) ?? limitOf(runsFolder) - all.filter(isBusy).length;
    rooms.set(runsFolder, room - 1);
    return room > 0;
  });
}
