import type { RunEntry } from '../runs/folder/runEntry.ts';
import { isUnderWay } from '../view/runState.ts';
import type { RunChange } from './runs/runWatch.ts';
import type { SweepEntry } from './runs/sweepCatalog.ts';

/**
 * Folds the ends of runs that one sweep or config started together: its failures are told with the first, all
 * else when none of them runs or waits any more.
 */
export class RunEnds {
  readonly #held = new Map<string, RunEntry[]>();
  readonly #failed = new Set<string>();

  /**
   * @param runs as they are now
   * @param sweeps as they are now: one that is driven goes on, though none of its runs may be under way
   * @returns ends to be told now, together what belongs together
   */
  after(
    changes: readonly RunChange[],
    runs: readonly RunEntry[],
    sweeps: readonly Pick<SweepEntry, 'isDriven' | 'runs'>[],
  ): readonly (readonly RunEntry[])[] {
    const told: RunEntry[][] = [];
    for (const { before, after } of changes) {
      if (after === undefined || before === undefined || !isUnderWay(before) || !hasEnded(after)) continue;
      const batch = batchOf(after);
      if (after.state !== 'finished' && !this.#failed.has(batch)) {
        this.#failed.add(batch);
        told.push([after]);
      } else {
        this.#held.set(batch, [...(this.#held.get(batch) ?? []), after]);
      }
    }
    const driven = sweeps.filter(({ isDriven }) => isDriven).flatMap((sweep) => [...sweep.runs.values()]);
    const live = new Set([...driven, ...runs.filter(isUnderWay)].map(batchOf));
    for (const [batch, held] of this.#held) {
      if (live.has(batch)) continue;
      told.push(held);
      this.#held.delete(batch);
    }
    for (const batch of this.#failed) if (!live.has(batch)) this.#failed.delete(batch);
    return told;
  }
}

const hasEnded = ({ state }: RunEntry): boolean => state === 'finished' || state === 'failed' || state === 'died';

/** A sweep may have several configs, and a config runs beside the sweep. A run without a file belongs to nothing else. */
const batchOf = ({ record: { sweep, configPath, id } }: RunEntry): string => sweep?.id ?? configPath ?? id;
