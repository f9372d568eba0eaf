import type { RunRecord } from '../contract/run.ts';
import { configDifferences } from './configDifferences.ts';
import { groupBy } from './groupBy.ts';
import { dateTime } from './moment.ts';
import type { ShownRun } from './runNames.ts';

/** The words that tell a run from its namesakes; each part only where the parts before it do not suffice. */
export interface Apart {
  /** Differences of its config: `rank 16`. */
  readonly words: readonly string[];
  readonly seed?: string;
  /** `14:05`, or `11-29 14:05` */
  readonly moment?: string;
}

/** `rank 16`, `s2`, `11-29 14:05` */
export const apartWords = (apart: Apart | undefined): readonly string[] =>
  [...(apart?.words ?? []), apart?.seed, apart?.moment].filter((word) => word !== undefined);

/**
 * Tells runs of one name apart. No two of one name are alike.
 * @returns by record; nothing for a name that only one run has
 */
export function tellApart<R extends Pick<ShownRun, 'record'>>(
  runs: readonly R[],
  nameOf: (run: R) => string,
): ReadonlyMap<RunRecord, Apart> {
  const told = new Map<RunRecord, Apart>();
  for (const namesakes of groupBy(runs, nameOf)) {
    if (namesakes.length === 1) continue;
    const differences = configDifferences(namesakes.map(({ record }) => record));
    const words = new Map(namesakes.map((run, index) => [run, differences[index]!]));
    for (const twins of groupBy(namesakes, (run) => String(words.get(run)))) {
      const seeds = new Set(twins.map(({ record }) => record.seed)).size;
      const moments = seeds < twins.length ? momentTexts(twins) : [];
      for (const [index, run] of twins.entries()) {
        told.set(run.record, {
          words: words.get(run)!,
          ...(seeds > 1 && { seed: `s${run.record.seed}` }),
          ...(moments[index] !== undefined && { moment: moments[index] }),
        });
      }
    }
  }
  return told;
}

/** `09:30` where all are of one day, else `11-28 09:30`; with seconds where minutes do not tell them apart, ids where nothing does. */
function momentTexts(runs: readonly Pick<ShownRun, 'record'>[]): readonly string[] {
  const moments = runs.map(({ record }) => dateTime(record.createdAt));
  const isOneDay = new Set(moments.map((text) => text.slice(0, 10))).size === 1;
  const whole = moments.map((text) => text.slice(isOneDay ? 'YYYY-MM-DD '.length : 'YYYY-'.length));
  const short = whole.map((text) => text.slice(0, -3));
  const isDistinct = (texts: readonly string[]): boolean => new Set(texts).size === runs.length;
  return [short, whole].find(isDistinct) ?? runs.map(({ record }) => record.id);
}
