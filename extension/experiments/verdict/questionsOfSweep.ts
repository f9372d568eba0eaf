import type { RunRecord } from '../../contract/run.ts';
import type { Sweep } from '../file/sweep.ts';
import type { Cell } from '../plan/cells.ts';
import { resultRuns, type SweepPlan, type Variant } from '../plan/planSweep.ts';
import { pointOfRun } from '../plan/pointOfRun.ts';
import { settingTexts } from '../plan/searchPoints.ts';
import { changedSource, type Sources, sourcesOf } from '../plan/sources.ts';
import { chosenPoints, type SweepProgress, type TunedCell } from '../progress.ts';
import { judgingOf } from './judging.ts';
import { type ArmRuns, notRunYet, type Question } from './question.ts';
import { questionsOfRuns, type RunResult } from './questionsOfRuns.ts';

/**
 * What a sweep answers so far: one question for each data set and combination of its grid, with every arm and every seed that
 * is planned, whether it has run or not. Tuning runs only choose values; they judge nothing.
 * @param tuned what tuning found, by cell
 * @param runOf the run of a variant's index, under the name of its arm; undefined where there is none
 * @param metricOf what to judge a cell by
 */
export function questionsOfSweep(
  sweep: Sweep,
  plan: SweepPlan,
  tuned: SweepProgress['tuned'],
  runOf: (index: number) => RunResult | undefined,
  metricOf: (cell: number) => string,
): readonly Question[] {
  const variants = resultRuns(sweep, plan, chosenPoints(tuned));
  const groups = new Map<string, number[]>();
  for (const [number, { experiment, grid }] of plan.cells.entries()) {
    const key = JSON.stringify([experiment.file, grid]);
    groups.set(key, [...(groups.get(key) ?? []), number]);
  }
  return [...groups.values()].flatMap((cells) => {
    const { experiment, grid } = plan.cells[cells[0]!]!;
    const metric = metricOf(cells[0]!);
    const known = new Map<string, string>();
    /** Why a run is no seed of its arm as the others are. */
    const otherwise = ({ record, state }: RunResult, { cell: number, point }: Variant): string | undefined => {
      const cell = plan.cells[number]!;
      const trained = pointOfRun(cell, record.config) ?? point;
      if (trained !== point) return `trained with ${settingsOf(cell, trained)}`;
      // One that failed is compared with nothing.
      if (state === 'failed') return undefined;
      const sources = trainedOn(cell.configs[point]!, record, metric);
      const changed = changedSource(known, sources);
      if (changed !== undefined) return `had another ${changed}`;
      for (const [name, hash] of sources) known.set(name, hash);
      return undefined;
    };
    const made = variants.flatMap((variant) => {
      const run = cells.includes(variant.cell) ? runOf(variant.index) : undefined;
      return run === undefined ? [] : [{ ...variant, run, other: otherwise(run, variant) }];
    });
    const runs = made.filter(({ other }) => other === undefined).map(({ run }) => run);
    const [question, ...others] = questionsOfRuns(runs, () => metric, sweep.reference);
    if (question === undefined) return [];
    const arms = cells.map((cell): ArmRuns => {
      const arm = plan.cells[cell]!.arm.name;
      const ofArm = question.arms.find(({ name }) => name === arm) ?? { name: arm, runs: [], tunable: undefined };
      const elsewhere = others.flatMap(({ arms }) =>
        arms.filter(({ name }) => name === arm).flatMap(({ runs }) => runs),
      );
      const why = new Map([
        ...elsewhere.map(({ seed, score, state }) => [seed, score === undefined ? state : otherRows] as const),
        ...made.flatMap(({ cell: number, seed, other }) =>
          number === cell && other !== undefined ? [[seed, other] as const] : [],
        ),
      ]);
      return { ...withMissing(ofArm, why, sweep.seeds), ...tunedTo(plan.cells[cell]!, tuned[cell]) };
    });
    return [{ ...question, title: [`${question.title} (${experiment.file})`, ...settingTexts(grid)].join(', '), arms }];
  });
}

const otherRows = 'judged on other rows: the data file has changed';

/** What a run is made of, the rows aside that judge it. */
function trainedOn(draft: Cell['configs'][number], record: RunRecord, metric: string): Sources {
  const { [judgingOf(record, metric).split]: _, ...dataHashes } = record.dataHashes;
  return sourcesOf(draft, { ...record, dataHashes });
}

/**
 * Seeds that are planned count as runs without a result until they have one, here.
 * @param why of the seeds of runs that are there and do not count
 */
function withMissing(arm: ArmRuns, why: ReadonlyMap<number, string>, seeds: readonly number[]): ArmRuns {
  const missing = seeds.filter((seed) => !arm.runs.some((run) => run.seed === seed));
  const none = { score: undefined, seconds: 0, peakBytes: undefined, evaluations: 0 };
  const stateOf = (seed: number): string => why.get(seed) ?? notRunYet;
  return { ...arm, runs: [...arm.runs, ...missing.map((seed) => ({ seed, ...none, state: stateOf(seed) }))] };
}

function tunedTo(cell: Cell, values: TunedCell | undefined): Partial<ArmRuns> {
  if (values?.chosen === undefined) return {};
  const { best, chosen, edges, failed } = values;
  const isOutdone = best !== undefined && best !== chosen;
  return {
    edges,
    tuned: settingTexts(cell.points[chosen]!),
    ...(isOutdone && { bestTuned: settingsOf(cell, best) }),
    ...(failed.length > 0 && { failedTuning: failed.map((point) => settingsOf(cell, point)) }),
  };
}

/** `training.learning_rate 0.01, training.epochs 3` */
const settingsOf = ({ points }: Cell, point: number): string => settingTexts(points[point]!).join(', ');
