import type { Sweep } from '../file/sweep.ts';
import type { ChosenValues } from '../plan/chooseValues.ts';
import { resultRuns, type SweepPlan } from '../plan/planSweep.ts';
import { chosenPoints, type SweepProgress } from '../progress.ts';
import type { ArmRun, ArmRuns, Question } from './question.ts';
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
    const runs = variants.flatMap(({ index, cell }) => (cells.includes(cell) ? (runOf(index) ?? []) : []));
    const metric = metricOf(cells[0]!);
    const [question, ...others] = questionsOfRuns(runs, () => metric, sweep.reference);
    if (question === undefined) return [];
    const settings = grid.map(({ key, value }) => `${key} ${String(value)}`);
    const arms = cells.map((cell): ArmRuns => {
      const arm = plan.cells[cell]!.arm.name;
      const known = question.arms.find(({ name }) => name === arm) ?? { name: arm, runs: [], tunable: 0 };
      const elsewhere = others.flatMap(({ arms }) =>
        arms.filter(({ name }) => name === arm).flatMap(({ runs }) => runs),
      );
      return { ...withMissing(known, elsewhere, sweep.seeds), ...tunedTo(plan, cell, tuned[cell]) };
    });
    return [{ ...question, title: [`${question.title} (${experiment.file})`, ...settings].join(', '), arms }];
  });
}

/**
 * Seeds that are planned count as runs without a result until they have one, here.
 * @param elsewhere runs of the arm that other rows judged
 */
function withMissing(arm: ArmRuns, elsewhere: readonly ArmRun[], seeds: readonly number[]): ArmRuns {
  const missing = seeds.filter((seed) => !arm.runs.some((run) => run.seed === seed));
  const none = { score: undefined, seconds: 0, peakBytes: undefined, evaluations: 0 };
  const why = (seed: number): string => {
    const run = elsewhere.find((other) => other.seed === seed);
    if (run === undefined) return 'not run yet';
    return run.score === undefined ? run.state : 'judged on other rows: the data file has changed';
  };
  return { ...arm, runs: [...arm.runs, ...missing.map((seed) => ({ seed, ...none, state: why(seed) }))] };
}

function tunedTo(plan: SweepPlan, cell: number, values: ChosenValues | undefined): Pick<ArmRuns, 'edges' | 'tuned'> {
  if (values?.chosen === undefined) return {};
  const point = plan.cells[cell]!.points[values.chosen]!;
  return { edges: values.edges, tuned: point.map(({ key, value }) => `${key} ${String(value)}`) };
}
