import type { Sweep } from '../file/sweep.ts';
import { resultRuns, type SweepPlan } from '../plan/planSweep.ts';
import { pointOfRun } from '../plan/pointOfRun.ts';
import type { Point } from '../plan/searchPoints.ts';
import { chosenPoints, type SweepProgress, type TunedCell } from '../progress.ts';
import type { ArmRuns, Question } from './question.ts';
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
    const made = variants.flatMap((variant) => {
      const run = cells.includes(variant.cell) ? runOf(variant.index) : undefined;
      return run === undefined
        ? []
        : [{ ...variant, run, trained: pointOfRun(plan.cells[variant.cell]!, run.record.config) }];
    });
    const isOther = ({ trained, point }: (typeof made)[number]): boolean => trained !== undefined && trained !== point;
    const runs = made.filter((one) => !isOther(one)).map(({ run }) => run);
    const metric = metricOf(cells[0]!);
    const [question, ...others] = questionsOfRuns(runs, () => metric, sweep.reference);
    if (question === undefined) return [];
    const arms = cells.map((cell): ArmRuns => {
      const arm = plan.cells[cell]!.arm.name;
      const known = question.arms.find(({ name }) => name === arm) ?? { name: arm, runs: [], tunable: undefined };
      const elsewhere = others.flatMap(({ arms }) =>
        arms.filter(({ name }) => name === arm).flatMap(({ runs }) => runs),
      );
      const otherwise = made.filter((one) => one.cell === cell && isOther(one));
      const why = new Map([
        ...elsewhere.map(({ seed, score, state }) => [seed, score === undefined ? state : otherRows] as const),
        ...otherwise.map(({ seed, trained }) => [seed, `trained with ${settingsOf(plan, cell, trained!)}`] as const),
      ]);
      return { ...withMissing(known, why, sweep.seeds), ...tunedTo(plan, cell, tuned[cell]) };
    });
    return [{ ...question, title: [`${question.title} (${experiment.file})`, ...settingTexts(grid)].join(', '), arms }];
  });
}

const otherRows = 'judged on other rows: the data file has changed';

/**
 * Seeds that are planned count as runs without a result until they have one, here.
 * @param why of the seeds of runs that are there and do not count
 */
function withMissing(arm: ArmRuns, why: ReadonlyMap<number, string>, seeds: readonly number[]): ArmRuns {
  const missing = seeds.filter((seed) => !arm.runs.some((run) => run.seed === seed));
  const none = { score: undefined, seconds: 0, peakBytes: undefined, evaluations: 0 };
  const stateOf = (seed: number): string => why.get(seed) ?? 'not run yet';
  return { ...arm, runs: [...arm.runs, ...missing.map((seed) => ({ seed, ...none, state: stateOf(seed) }))] };
}

function tunedTo(plan: SweepPlan, cell: number, values: TunedCell | undefined): Partial<ArmRuns> {
  if (values?.chosen === undefined) return {};
  const { best, chosen, edges, failed } = values;
  const isOutdone = best !== undefined && best !== chosen;
  return {
    edges,
    tuned: settingTexts(plan.cells[cell]!.points[chosen]!),
    ...(isOutdone && { bestTuned: settingsOf(plan, cell, best) }),
    ...(failed.length > 0 && { failedTuning: failed.map((point) => settingsOf(plan, cell, point)) }),
  };
}

const settingTexts = (point: Point): readonly string[] => point.map(({ key, value }) => `${key} ${String(value)}`);

/** `training.learning_rate 0.01, training.epochs 3` */
const settingsOf = (plan: SweepPlan, cell: number, point: number): string =>
  settingTexts(plan.cells[cell]!.points[point]!).join(', ');
