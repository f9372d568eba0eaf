import type { CurveCard, CurveLine } from './curves.ts';
import { nearestIndex } from './decimate.ts';
import { drawnLine } from './drawnLine.ts';
import type { Range } from './range.ts';

/** The reading of one line at one place. */
export interface Reading {
  readonly line: CurveLine;
  /** Where on the axis the value stands: the line's nearest point. */
  readonly at: number;
  /** As it is drawn. */
  readonly value: number;
  /** As it was measured: before smoothing. */
  readonly measured: number;
  /** Of runs folded over seeds, where two of them have a value. */
  readonly deviation: number | null;
}

function readingOf(card: CurveCard, line: CurveLine, x: number, reach: number, smoothing: number): Reading | null {
  const drawn = drawnLine(card, line, smoothing);
  const index = nearestIndex(drawn.x, x);
  // Beyond its own ends a line says nothing, but for the width of a finger.
  if (index === -1 || x < drawn.x[0]! - reach || x > drawn.x[drawn.x.length - 1]! + reach) return null;
  const deviation = drawn.deviation?.[index] ?? Number.NaN;
  return {
    line,
    at: drawn.x[index]!,
    value: drawn.y[index]!,
    measured: drawnLine(card, line, 0).y[index]!,
    deviation: Number.isNaN(deviation) ? null : deviation,
  };
}

/** All lines' values nearest to `x`: those that the same rows judged together, the best of them first; NaN last. */
export function readingsAt(card: CurveCard, x: number, range: Range, smoothing: number): readonly Reading[] {
  const reach = (range.to - range.from) / 50;
  const sign = card.direction === 'lower' ? 1 : -1;
  const judged = [...new Set(card.lines.map((line) => line.judged))];
  return card.lines
    .flatMap((line) => readingOf(card, line, x, reach, smoothing) ?? [])
    .sort((a, b) => {
      if (a.line.judged !== b.line.judged) return judged.indexOf(a.line.judged) - judged.indexOf(b.line.judged);
      if (Number.isNaN(a.value) || Number.isNaN(b.value))
        return Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value));
      return sign * (a.value - b.value);
    });
}
