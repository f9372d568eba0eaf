import { describe, expect, it } from 'vitest';
import { lineDatasets } from '../../../webview/charts/lineDatasets.ts';
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
