import type { SweepRunView, SweepView } from '../contract/sweepView.ts';
import { leftText, progressText } from './runState.ts';

/** A sweep that neither runs nor is finished was stopped, reached its limit, or lost its process. */
export const sweepWords: { readonly [S in SweepView['state']]: string } = {
  running: 'running',
  finished: 'finished',
  open: 'not finished',
};

/** The place of a run in its sweep. */
interface SweepRunWords {
  /** Named where there are several. */
  readonly experiment?: string | undefined;
  readonly arm: string;
  /** `training.batch_size 16`: of the grid, then tuned ones. */
  readonly settings: readonly string[];
  readonly seed: number;
}

/** `ln-tuning, training.learning_rate 0.001, seed 1001` */
export const sweepRunTitle = ({ experiment, arm, settings, seed }: SweepRunWords): string =>
  [...(experiment === undefined ? [] : [experiment]), arm, ...settings, `seed ${seed}`].join(', ');

/** The same of one of a sweep's runs. */
export function titleIn(view: Pick<SweepView, 'cells'>, { cell, settings, seed }: SweepRunView): string {
  return [cellTitle(view, cell), ...settings, `seed ${seed}`].join(', ');
}

/** `ln-tuning, training.batch_size 16` */
function cellTitle({ cells }: Pick<SweepView, 'cells'>, cell: number): string {
  const { arm, grid, experiment } = cells[cell]!;
  const isOnly = new Set(cells.map((other) => other.experiment)).size === 1;
  return [...(isOnly ? [] : [experiment.split(/[\\/]/).at(-1)!]), arm, ...grid].join(', ');
}

/** Arms whose tuning is over and chose nothing, each with what to do. */
export const untunedTexts = (view: Pick<SweepView, 'cells' | 'runs' | 'tuning'>): readonly string[] =>
  view.tuning.flatMap(({ cell, metric, chosen }) => {
    const runs = view.runs.filter((run) => run.stage === 'tuning' && run.cell === cell);
    const isOver = runs.every(({ state }) => state === 'finished' || state === 'failed' || state === 'dropped');
    if (chosen !== null || !isOver) return [];
    const cure = 'resume a failed run, or start a new sweep with other values or another tune.metric';
    return [
      `${cellTitle(view, cell)}: tuning found no value with ${metric} in every run, so its results do not start; ${cure}`,
    ];
  });

/** `8 of 12 runs finished, 3 left behind by halving, 1 without a result` */
export const doneText = ({ finished, dropped, failed, total }: Omit<SweepCounts, 'secondsLeft'>): string =>
  [
    `${finished} of ${total} runs finished`,
    ...(dropped > 0 ? [`${dropped} left behind by halving`] : []),
    ...(failed > 0 ? [`${failed} without a result`] : []),
  ].join(', ');

type SweepCounts = Pick<SweepView, 'finished' | 'dropped' | 'failed' | 'total' | 'secondsLeft'>;

/** The same with the time left, where it is known. */
export const sweepWhereabouts = (view: SweepCounts): string =>
  [doneText(view), ...(view.secondsLeft === undefined ? [] : [`about ${leftText(view.secondsLeft)}`])].join(', ');

/** The runs under way, with their progress: `bitfit, seed 2: 62 %`. */
export const runningTexts = (view: Pick<SweepView, 'cells' | 'runs'>): readonly string[] =>
  view.runs
    .filter(({ state }) => state === 'running')
    .map((run) => `${titleIn(view, run)}: ${run.done === undefined ? 'starting' : progressText(run.done)}`);

/** `examples/reviews.sweep.yaml` → `reviews` */
export const sweepName = ({ path }: Pick<SweepView, 'path'>): string =>
  (path.split(/[\\/]/).at(-1) ?? path).replace(/\.sweep\.ya?ml$|\.ya?ml$/i, '');
