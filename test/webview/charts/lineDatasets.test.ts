import { describe, expect, it } from 'vitest';
import { lineDatasets, yRangeOf } from '../../../webview/charts/lineDatasets.ts';
import type { CurveCard } from '../../../webview/curves/curves.ts';
import { testTheme } from '../../support/testTheme.ts';

/** A chart of so many runs, each a noisy line. */
const card = (runs: number): CurveCard => ({
  id: 'loss',
  title: 'Loss',
  quantity: 'plain',
  direction: 'lower',
  axis: 'step',
  isSmoothed: true,
  marks: [],
  lines: Array.from({ length: runs }, (_, slot) => ({
    key: `run ${slot}`,
    group: `run ${slot}`,
    label: `run ${slot}`,
    slot,
    kind: 'training',
    kept: null,
    judged: '',
    place: 0,
    members: [
      {
        x: Float64Array.from({ length: 50 }, (_, step) => step),
        y: Float64Array.from({ length: 50 }, (_, step) => 1 / (1 + step) + (step % 2) / 10),
      },
    ],
  })),
});

const drawn = (runs: number, smoothing: number): number =>
  lineDatasets(card(runs), {
    range: { from: 0, to: 49 },
    smoothing,
    hasLogScale: false,
    width: 600,
    theme: testTheme(),
  }).length;

describe('smoothed lines', () => {
  it('stand before their raw ones, up to four runs', () => {
    expect(drawn(4, 0.5)).toBe(8);
    expect(drawn(4, 0)).toBe(4);
  });

  it('stand alone with more runs, whose raw lines would hide them', () => {
    expect(drawn(5, 0.5)).toBe(5);
  });
});

describe('the range of the y axis', () => {
  const line = (...points: readonly (readonly [number, number])[]) => [{ data: points.map(([x, y]) => ({ x, y })) }];

  it('fits what is seen, not what lies beyond the ends', () => {
    const { min, max } = yRangeOf(line([0, 100], [10, 2], [20, 1], [30, 50]), { from: 10, to: 20 }, false);
    expect(min).toBeCloseTo(0.94, 6);
    expect(max).toBeCloseTo(2.06, 6);
  });

  it('sees a line that crosses without a point between the ends', () => {
    const { min, max } = yRangeOf(line([0, 1], [100, 3]), { from: 25, to: 75 }, false);
    expect(min).toBeCloseTo(1.5 - 0.06, 6);
    expect(max).toBeCloseTo(2.5 + 0.06, 6);
  });

  it('fits on a log axis too, and leaves air in ratios', () => {
    const { min, max } = yRangeOf(line([0, 1e-6], [10, 0.01], [20, 1], [30, 1e6]), { from: 10, to: 20 }, true);
    expect(max! / 1).toBeCloseTo(100 ** 0.06, 6);
    expect(0.01 / min!).toBeCloseTo(100 ** 0.06, 6);
  });

  it('is left to the chart where nothing is seen', () => {
    expect(yRangeOf(line([0, Number.NaN]), { from: 0, to: 1 }, false)).toEqual({});
  });
});
