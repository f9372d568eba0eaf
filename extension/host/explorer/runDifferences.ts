import type { RunEntry } from '../../runs/runEntry.ts';
import { configDifferences } from '../../view/configDifferences.ts';
import { dateTime, timeOfDay } from '../../view/moment.ts';
import { runTitle } from './runNames.ts';

/**
 * What tells runs apart that have one title: what their configs say differently, then the seed, then the time.
 * `rank 16`, `s2`, `14:05:10`.
 * @returns by run folder; nothing for a title that only one run has
 */
export function tellApart(runs: readonly RunEntry[], nowMs: number): ReadonlyMap<string, readonly string[]> {
  const told = new Map<string, readonly string[]>();
  for (const namesakes of groupBy(runs, runTitle)) {
    if (namesakes.length === 1) continue;
    const said = configDifferences(namesakes.map(({ record }) => record));
    const texts = new Map(namesakes.map((run, index) => [run, said[index]!]));
    const alike = groupBy(namesakes, (run) => texts.get(run)!.join('\n'));
    for (const twins of alike) {
      const seeds = new Set(twins.map(({ record }) => record.seed)).size;
      const repeats = seeds < twins.length;
      for (const run of twins) {
        const seed = seeds > 1 ? [`s${run.record.seed}`] : [];
        told.set(run.folder, [...texts.get(run)!, ...seed, ...(repeats ? [momentText(run, nowMs)] : [])]);
      }
    }
  }
  return told;
}

/** Of today the time is enough. */
function momentText({ record }: RunEntry, nowMs: number): string {
  const moment = dateTime(record.createdAt);
  return moment.slice(0, 10) === dateTime(nowMs).slice(0, 10) ? timeOfDay(record.createdAt) : moment.slice(5, 16);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [item]);
    else members.push(item);
  }
  return [...groups.values()];
}
