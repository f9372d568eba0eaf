import type { JudgedSplit, RowOutcomesFile } from '../contract/rowOutcomes.ts';
import type { RunRecord, RunState, RunSummary } from '../contract/run.ts';
import type { SweepRecord } from '../contract/sweep.ts';
import type { ArmTuning, SweepRunView, SweepView } from '../contract/sweepView.ts';
import { resultIndexes, resultRuns, type Variant } from './plan/planSweep.ts';
import { runCountText } from './plan/runCount.ts';
import { settingTexts } from './plan/searchPoints.ts';
import type { PlannedTexts } from './plan/sweepOfTexts.ts';
import { chosenPoints, type Evaluation, type RunOf, type SweepProgress, sweepProgress } from './progress.ts';
import type { Verdict } from './verdict/judge.ts';
import type { Question } from './verdict/question.ts';
import { questionsOfSweep } from './verdict/questionsOfSweep.ts';
import { verdictView } from './verdict/verdictView.ts';

/** A run of a sweep as it lies in its folder. */
export interface SweepRun {
  readonly record: RunRecord;
  readonly state: RunState;
  readonly summary: RunSummary;
  /** On validation rows, in order. */
  readonly evaluations: () => readonly Evaluation[];
  readonly outcomes: (split: JudgedSplit) => RowOutcomesFile | undefined;
}

/** Runs of a sweep by their index; undefined for one that is not there. */
type SweepRunOf = (index: number) => SweepRun | undefined;

/** What of its runs decides how a sweep goes on. */
export const variantRuns =
  (runOf: SweepRunOf): RunOf =>
  (index) => {
    const run = runOf(index);
    if (run === undefined) return undefined;
    const { state, summary, record, evaluations } = run;
    return { state, metrics: summary.metrics, config: record.config, evaluations };
  };

/** How far a sweep has come, by its runs. */
export const progressOfRuns = ({ sweep, plan }: PlannedTexts, runOf: SweepRunOf): SweepProgress =>
  sweepProgress(sweep, plan, variantRuns(runOf));

/** What a sweep answers so far. @param metric to judge by. Default: the one that tuning chose by */
export function questionsOfRunsSoFar(
  { sweep, plan }: PlannedTexts,
  { tuned, metrics }: SweepProgress,
  runOf: SweepRunOf,
  metric?: string,
): readonly Question[] {
  const result = (index: number) => {
    const run = runOf(index);
    if (run === undefined) return undefined;
    const steps = new Set(run.evaluations().map(({ step }) => step));
    return { ...run, arm: run.record.sweep?.arm ?? run.record.methods, evaluations: steps.size };
  };
  return questionsOfSweep(sweep, plan, tuned, result, (cell) => metric ?? metrics[cell]!);
}

/**
 * A sweep as every program shows it: a function of its record and its runs alone.
 * @param isDriven whether a process is at it now, though no run may be under way
 * @param judge answers its questions; without it there are no verdicts, which take their time
 */
export function sweepView(
  { id, createdAt, path }: Pick<SweepRecord, 'id' | 'createdAt' | 'path'>,
  planned: PlannedTexts,
  runOf: SweepRunOf,
  isDriven: boolean,
  judge?: (questions: readonly Question[]) => readonly Verdict[],
): SweepView {
  const { sweep, plan } = planned;
  const progress = progressOfRuns(planned, runOf);
  const { total, finished, dropped, failed, open } = progress;
  const runs = runViews(planned, progress, runOf);
  const isRunning = isDriven || runs.some(({ state }) => state === 'running');
  const atOnce = sweep.where.atOnce ?? Math.max(1, runs.filter(({ state }) => state === 'running').length);
  const secondsLeft = isRunning ? secondsLeftOf(runs, runOf, atOnce) : undefined;
  return {
    id,
    createdAt,
    path,
    runCount: runCountText(sweep),
    state: isRunning ? 'running' : open.length === 0 ? 'finished' : 'open',
    total,
    finished,
    dropped,
    failed: failed.length,
    ...(secondsLeft !== undefined && { secondsLeft }),
    cells: plan.cells.map(({ arm, experiment, grid }) => ({
      arm: arm.name,
      experiment: experiment.file,
      grid: settingTexts(grid),
    })),
    runs,
    tuning: tuningViews(planned, progress),
    ...(judge && { verdicts: judge(questionsOfRunsSoFar(planned, progress, runOf)).map(verdictView) }),
  };
}

/** Every run, those too that cannot begin before values are chosen. */
function runViews({ sweep, plan }: PlannedTexts, progress: SweepProgress, runOf: SweepRunOf): SweepRunView[] {
  const planned = resultRuns(sweep, plan, chosenPoints(progress.tuned));
  const known = new Map(planned.map((variant) => [variant.index, variant]));
  const results = plan.cells.flatMap((_, cell) =>
    resultIndexes(sweep, plan, cell).map((index, i) => {
      const seed = sweep.seeds[i]!;
      return known.get(index) ?? { index, stage: 'results' as const, cell, seed };
    }),
  );
  return [...plan.tuningRuns, ...results].map((variant) => {
    const { index, stage, cell, seed } = variant;
    const run = runOf(index);
    const point = 'point' in variant ? plan.cells[cell]!.points[variant.point]! : [];
    const isDropped = isLeftBehind(variant, progress) && run?.state !== 'failed';
    const done = run?.state === 'running' && run.summary.totalSteps > 0 && run.summary.step / run.summary.totalSteps;
    const score = run && scoreOf(run.summary.metrics, progress.metrics[cell]!);
    return {
      index,
      run: run?.record.id ?? null,
      stage,
      cell,
      seed,
      settings: settingTexts(point),
      state: isDropped ? 'dropped' : (run?.state ?? 'waiting'),
      ...(typeof done === 'number' && { done }),
      ...(score !== undefined && Number.isFinite(score) && { score }),
    };
  });
}

const isLeftBehind = ({ stage, cell, ...of }: Partial<Variant> & { cell: number }, { tuned }: SweepProgress): boolean =>
  stage === 'tuning' && tuned[cell]!.tried[of.point!]!.isDropped;

const scoreOf = (metrics: RunSummary['metrics'], name: string): number | undefined =>
  metrics[`test_${name}`] ?? metrics[name];

function tuningViews({ sweep, plan }: PlannedTexts, { tuned, metrics }: SweepProgress): ArmTuning[] {
  const seeds = sweep.tuning?.seeds ?? [];
  return tuned.map(({ chosen, edges, tried }, cell) => ({
    cell,
    metric: metrics[cell]!,
    points: tried.map(({ scores, isDropped }, point) => ({
      settings: plan.cells[cell]!.points[point]!.map(({ key, value }) => ({ key, value })),
      scores: scores.flatMap((score, i) =>
        score === undefined ? [] : [{ seed: seeds[i]!, score: Number.isFinite(score) ? score : null }],
      ),
      isDropped,
    })),
    chosen: chosen ?? null,
    edges: [...edges],
  }));
}

/** What is left at the pace of the runs that have ended, of the same cell where there are some. */
function secondsLeftOf(runs: readonly SweepRunView[], runOf: SweepRunOf, atOnce: number): number | undefined {
  const ended = runs.filter(({ state }) => state === 'finished');
  if (ended.length === 0) return undefined;
  const elapsed = ({ index }: SweepRunView): number => runOf(index)?.summary.elapsedSeconds ?? 0;
  const pace = (of: readonly SweepRunView[]): number => of.reduce((sum, run) => sum + elapsed(run), 0) / of.length;
  const paces = new Map(
    [...new Set(ended.map(({ cell }) => cell))].map((at) => [at, pace(ended.filter(({ cell }) => cell === at))]),
  );
  const overall = pace(ended);
  const left = runs
    .filter(({ state }) => !['finished', 'failed', 'dropped'].includes(state))
    .map((run) => Math.max(0, (paces.get(run.cell) ?? overall) - elapsed(run)));
  const together = left.reduce((sum, seconds) => sum + seconds, 0) / Math.max(1, Math.min(atOnce, left.length));
  return Math.max(together, ...left);
}
