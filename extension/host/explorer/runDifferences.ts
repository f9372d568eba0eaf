import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { configDifferences } from '../../view/configDifferences.ts';
import { dateTime } from '../../view/moment.ts';
import { runTitle } from './runNames.ts';

/**
 * What tells runs apart that have one title: what their configs say differently, then the seed, then the time.
 * `rank 16`, `s2`, `14:05`.
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
      const moments = seeds < twins.length ? momentTexts(twins, nowMs) : [];
      for (const [index, run] of twins.entries()) {
        const seed = seeds > 1 ? [`s${run.record.seed}`] : [];
        told.set(run.folder, [...texts.get(run)!, ...seed, ...moments.slice(index, index + 1)]);
      }
    }
  }
  return told;
}

/** `14:05` of today, `11-28 09:30` of before; with seconds where minutes do not tell them apart. */
function momentTexts(runs: readonly RunEntry[], nowMs: number): readonly string[] {
  const today = dateTime(nowMs).slice(0, 10);
  const whole = runs.map(({ record }) =>
    dateTime(record.createdAt)
      .replace(`${today} `, '')
      .replace(/^\d{4}-/, ''),
  );
  const short = whole.map((text) => text.slice(0, -3));
  return new Set(short).size === runs.length ? short : whole;
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
