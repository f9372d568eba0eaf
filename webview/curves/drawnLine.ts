import type { CurveCard, CurveLine } from './curves.ts';
import { type Points, seedBand } from './seedBand.ts';
import { smooth } from './smooth.ts';

interface DrawnLine extends Points {
  /** Of seeds that are folded; NaN where fewer than two of them have a value. */
  readonly deviation: Float64Array | null;
}

/** A line as it is drawn: seeds as their mean, training smoothed where the chart is. Evaluations are few, and stay. */
export function drawnLine({ isSmoothed }: CurveCard, { kind, members }: CurveLine, smoothing: number): DrawnLine {
  const strength = isSmoothed && kind === 'training' ? smoothing : 0;
  const own = members.map(({ x, y }) => ({ x, y: smooth(x, y, strength) }));
  if (own.length === 1) return { ...own[0]!, deviation: null };
  const { x, mean, deviation } = seedBand(own);
  return { x, y: mean, deviation };
}
