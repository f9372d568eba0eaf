import type { CurveCard, CurveLine } from './curves.ts';
import { nearestIndex } from './decimate.ts';
import { seedBand } from './seedBand.ts';

/** The reading of one line at one place. */
export interface Reading {
  readonly line: CurveLine;
  readonly value: number;
  /** Of runs folded over seeds. */
  readonly deviation: number | null;
}

function readingOf(line: CurveLine, x: number, reach: number): Reading | null {
  const band = line.members.length > 1 ? seedBand(line.members) : null;
  const points = band ? { x: band.x, y: band.mean } : line.members[0]!;
  const index = nearestIndex(points.x, x);
  // Beyond its own ends a line says nothing, but for the width of a finger.
  if (index === -1 || x < points.x[0]! - reach || x > points.x[points.x.length - 1]! + reach) return null;
  return { line, value: points.y[index]!, deviation: band ? band.deviation[index]! : null };
}

/** All lines' values nearest to `x`, best first; NaN last. */
export function readingsAt(
  card: CurveCard,
  x: number,
  range: { readonly from: number; readonly to: number },
): readonly Reading[] {
  const reach = (range.to - range.from) / 50;
  const sign = card.direction === 'lower' ? 1 : -1;
  return card.lines
    .flatMap((line) => readingOf(line, x, reach) ?? [])
    .sort((a, b) => {
      if (Number.isNaN(a.value) || Number.isNaN(b.value))
        return Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value));
      return sign * (a.value - b.value);
    });
}
