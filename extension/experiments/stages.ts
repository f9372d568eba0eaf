import type { Sweep } from './file/sweep.ts';
import { halvingSizes } from './plan/halving.ts';
import { halvingPlanOf, resultRunsOf, type SweepPlan } from './plan/planSweep.ts';
import { type OpenVariant, type RunOf, tuningOf } from './progress.ts';

/** What must be over before what follows can be known: a rung of the tuning, all of it, or the runs that give the results. */
interface Stage {
  readonly name: string;
  readonly places: readonly Place[];
}

/** One run's part in a stage: how many there are is known before it is known which combinations take them. */
export interface Place {
  readonly cell: number;
  /** Of the first stage, the number of its combination; of a later rung, from 0 for the best so far. */
  readonly rank: number;
  /** Number of its seed, of those of its stage. */
  readonly seed: number;
}

/** A sweep's stages in order. */
export function stagesOf(sweep: Sweep, plan: SweepPlan): readonly Stage[] {
  const { tuning, seeds } = sweep;
  const results = placesOf(plan, () => 1, seeds.length);
  if (tuning === undefined) return [{ name: 'results', places: results }];
  const sizes = plan.cells.map((cell) => {
    const halving = halvingPlanOf(sweep, cell, 'higher');
    return halving === undefined ? [cell.points.length] : halvingSizes(halving);
  });
  const rungs = Math.max(...sizes.map((ofCell) => ofCell.length));
  const tuningStages = Array.from({ length: rungs }, (_, rung) => ({
    name: rungs === 1 ? 'tuning' : `tuning, rung ${rung + 1} of ${rungs}`,
    places: placesOf(plan, (cell) => sizes[cell]![rung] ?? 0, tuning.seeds.length),
  }));
  return [...tuningStages, { name: 'results', places: results }];
}

function placesOf({ cells }: SweepPlan, sizeOf: (cell: number) => number, seeds: number): readonly Place[] {
  const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);
  return cells.flatMap((_, cell) =>
    numbers(sizeOf(cell)).flatMap((rank) => numbers(seeds).map((seed) => ({ cell, rank, seed }))),
  );
}

/** What there is to do at a place: a run; `undecided`: the stage before must end first; `nothing`: it is done or being done, or fewer got so far than there are places. */
export type Work = OpenVariant | 'undecided' | 'nothing';

/** What there is to do at each place of each stage, by what is known of the runs now. Each cell is looked at once, for it may have thousands of places. */
export function workOf(sweep: Sweep, plan: SweepPlan, runOf: RunOf): (stage: number, place: Place) => Work {
  const stages = stagesOf(sweep, plan).length;
  const tuningIn = once((cell) => tuningOf(sweep, plan, cell, runOf));
  const resultsIn = once((cell) =>
    resultRunsOf(sweep, plan, cell, (sweep.tuning === undefined ? 0 : tuningIn(cell).values.chosen)!),
  );
  return (stage, { cell, rank, seed }) => {
    const tuning = sweep.tuning === undefined ? undefined : tuningIn(cell);
    if (stage < stages - 1) {
      const { entered, open, ofPoint } = tuning!;
      // What is open then belongs to a later rung.
      if (stage < entered.length - 1) return 'nothing';
      const candidates = entered[stage];
      if (candidates === undefined) return open.length > 0 || isUnderWay(tuning!) ? 'undecided' : 'nothing';
      const candidate = candidates[rank];
      const variant = candidate === undefined ? undefined : ofPoint(candidate)[seed];
      return open.find(({ index }) => index === variant?.index) ?? 'nothing';
    }
    if (tuning !== undefined && tuning.values.chosen === undefined) return isUnderWay(tuning) ? 'undecided' : 'nothing';
    const variant = resultsIn(cell)[seed]!;
    return ['finished', 'failed', 'running'].includes(runOf(variant.index)?.state ?? 'none') ? 'nothing' : variant;
  };
}

/** What is told of a cell, asked once. */
function once<Told>(tell: (cell: number) => Told): (cell: number) => Told {
  const known = new Map<number, Told>();
  return (cell) => {
    const told = known.get(cell) ?? tell(cell);
    known.set(cell, told);
    return told;
  };
}

const isUnderWay = ({ values }: { readonly values: { readonly scores: readonly unknown[] } }): boolean =>
  values.scores.includes(undefined);
