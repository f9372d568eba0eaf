import type { CurveCard } from './curves.ts';

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** First to last x of all lines, or null where there are no points. */
export function xRangeOf(card: CurveCard): Range | null {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { members } of card.lines) {
    for (const { x } of members) {
      from = Math.min(from, x[0]!);
      to = Math.max(to, x[x.length - 1]!);
    }
  }
  return from <= to ? { from, to } : null;
}

/** What is zoomed to where it shows something of the whole: it may have been chosen on longer runs. */
export const zoomWithin = (zoom: Range | null, whole: Range | null): Range | null =>
  zoom && whole && zoom.from < whole.to && zoom.to > whole.from ? zoom : null;

/** One x axis for charts that stand side by side, so that a crosshair is at one place in all of them. */
export function wholeRange(cards: readonly CurveCard[]): Range | null {
  const ranges = cards.map(xRangeOf).filter((range) => range !== null);
  if (ranges.length === 0) return null;
  return { from: Math.min(...ranges.map(({ from }) => from)), to: Math.max(...ranges.map(({ to }) => to)) };
}
