import type { RunState, RunSummary } from '../contract/run.ts';
import { formatClock, formatPercent } from './figures.ts';
import { timeOfDay } from './moment.ts';
import type { ShownRun } from './runNames.ts';

/** A codicon, a word and the editor's colour of every state; shape and word tell it, colour only supports. */
export const stateLooks: {
  readonly [S in RunState]: { readonly icon: string; readonly word: string; readonly color: string | null };
} = {
  queued: { icon: 'clock', word: 'queued', color: 'testing.iconQueued' },
  running: { icon: 'sync', word: 'running', color: null },
  finished: { icon: 'pass', word: 'finished', color: 'testing.iconPassed' },
  stopped: { icon: 'debug-stop', word: 'stopped', color: 'testing.iconSkipped' },
  failed: { icon: 'error', word: 'failed', color: 'testing.iconFailed' },
  died: { icon: 'error', word: 'died', color: 'testing.iconFailed' },
  unknown: { icon: 'question', word: 'unknown', color: 'testing.iconUnset' },
};

/**
 * States of runs that can be gone on with. Of `unknown` ones those that nobody has taken: a run that another host has is
 * refused by the trainer.
 */
export const resumableStates: readonly RunState[] = ['stopped', 'failed', 'died', 'unknown'];

/** Whether a run trains, or waits for it. */
export const isUnderWay = ({ state }: { readonly state: RunState }): boolean =>
  state === 'running' || state === 'queued';

/** 0 … 1, or undefined while the number of steps is not known. */
export function progressOf({ step, totalSteps }: Pick<RunSummary, 'step' | 'totalSteps'>): number | undefined {
  return totalSteps === 0 ? undefined : Math.min(1, step / totalSteps);
}

/** Never above what is done; 0.29 is a little less than 29 hundredths. */
export const wholePercent = (progress: number): number => Math.floor(100 * progress + 1e-9);

/** `62 %`: whole percents, and 100 only of what is done. */
export const progressText = (progress: number): string => formatPercent(wholePercent(progress)).replace('.0', '');

/** Seconds left at the pace of the whole run, evaluations included; undefined while there is none. */
export function secondsLeft({
  step,
  totalSteps,
  elapsedSeconds,
}: Pick<RunSummary, 'step' | 'totalSteps' | 'elapsedSeconds'>): number | undefined {
  if (step < 1 || totalSteps === 0 || elapsedSeconds <= 0) return undefined;
  return ((totalSteps - step) * elapsedSeconds) / step;
}

/** `0:41 left` */
export const leftText = (seconds: number): string => `${formatClock(seconds)} left`;

/** The trainer writes at least every few seconds: silence beyond this is worth saying. */
const silentAfterMs = 30_000;

/** When a running run was last heard of, if that is too long ago. */
export function silentSinceMs({ state, summary }: ShownRun, nowMs: number): number | undefined {
  if (state !== 'running' || summary === null) return undefined;
  const heardMs = Date.parse(summary.updatedAt);
  return nowMs - heardMs > silentAfterMs ? heardMs : undefined;
}

/** How far a running run is: `62 %`, `0:41 left`; `starting`; `no news since 12:04:10`. */
export function whereabouts(run: ShownRun, nowMs: number): readonly string[] {
  const silentMs = silentSinceMs(run, nowMs);
  if (silentMs !== undefined) return [`no news since ${timeOfDay(silentMs)}`];
  const progress = run.summary === null ? undefined : progressOf(run.summary);
  if (run.summary === null || progress === undefined) return ['starting'];
  const left = secondsLeft(run.summary);
  return [progressText(progress), ...(left === undefined ? [] : [leftText(left)])];
}

/** `1st`, `2nd`, `11th` */
export function ordinal(position: number): string {
  const lastTwo = position % 100;
  const suffix = lastTwo >= 11 && lastTwo <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][position % 10] ?? 'th');
  return `${position}${suffix}`;
}
