import type { RunEstimate } from '../../contract/estimate.ts';

type Figures = Pick<RunEstimate, 'memoryBytes' | 'totalSeconds'>;

/** `~530 MB, ~4 min`: as exact as an estimate is. */
export const estimateText = (figures: Figures): string =>
  `~${aboutBytes(figures.memoryBytes)}, ~${aboutSeconds(figures.totalSeconds)}`;

/** An estimate and its assumptions, in a sentence or two. */
export function estimateTooltip(estimate: RunEstimate): string {
  const speed = Math.round(estimate.tokensPerSecond).toLocaleString('en-US');
  const evaluations =
    estimate.evaluations === 0 ? '' : `, ${aboutSeconds(estimate.evaluationSeconds)} of them evaluating`;
  const about = `About ${aboutBytes(estimate.memoryBytes)} and ${aboutSeconds(estimate.totalSeconds)} on this machine's CPU`;
  return [`${about}${evaluations}; ${speed} tokens/s.`, ...estimate.assumptions].join(' ');
}

/** `530 MB`, `1.2 GB`: two significant digits. */
export function aboutBytes(bytes: number): string {
  const rounded = Number(bytes.toPrecision(2));
  return rounded >= 1e9 ? `${rounded / 1e9} GB` : `${Math.round(rounded / 1e6)} MB`;
}

/** `8 s`, `4 min`, `2.5 h`. */
export function aboutSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return `${Number((seconds / 3600).toPrecision(2))} h`;
}
