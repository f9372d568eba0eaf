import type { ChartDataset, Point as ChartPoint } from 'chart.js';
import { type CurveCard, type CurveLine, lookIn } from '../curves/curves.ts';
import { type Point, pointsToDraw } from '../curves/decimate.ts';
import { drawnLine } from '../curves/drawnLine.ts';
import type { Range } from '../curves/range.ts';
import type { LineLook } from '../looks/palette.ts';
import { type Theme, withAlpha } from '../looks/theme.ts';

type Dataset = ChartDataset<'line', ChartPoint[]>;

interface DrawOptions {
  readonly range: Range;
  readonly smoothing: number;
  readonly hasLogScale: boolean;
  /** Canvas width in CSS pixels. */
  readonly width: number;
  readonly theme: Theme;
}

/** With more lines than this, the raw ones behind smoothed ones would hide what matters. */
const mostRawLines = 4;

interface LineOptions extends DrawOptions {
  /** Whether raw lines show behind smoothed ones. */
  readonly hasRawLines: boolean;
}

interface Drawn {
  readonly x: Float64Array;
  readonly key: string;
  readonly points: Point[];
}
const drawn = new WeakMap<Float64Array, Drawn>();

function decimated(x: Float64Array, y: Float64Array, limit: number, options: DrawOptions): Point[] {
  const key = `${options.range.from}:${options.range.to}:${limit}:${options.hasLogScale}`;
  const known = drawn.get(y);
  if (known?.key === key && known.x === x) return known.points;
  const points = pointsToDraw(x, y, options.range, limit, options.hasLogScale);
  drawn.set(y, { x, key, points });
  return points;
}

/** Markers on the border stay whole. */
const clip = 6;

const plain: Partial<Dataset> = {
  clip,
  pointRadius: 0,
  pointHoverRadius: 0,
  pointHitRadius: 0,
  tension: 0,
  fill: false,
};

function single(card: CurveCard, line: CurveLine, look: LineLook, limit: number, options: LineOptions): Dataset[] {
  const points = line.members[0]!;
  const colour = options.theme.lines[look.colourIndex]!;
  if (line.kind === 'evaluation') {
    return [
      {
        ...plain,
        data: decimated(points.x, points.y, limit, options),
        borderColor: colour,
        backgroundColor: colour,
        borderWidth: 1.5,
        borderDash: [...look.dash],
        pointStyle: look.marker,
        // Stroked marks (star, crosses) need their stroke; a crowd of points needs none.
        pointRadius: points.x.length > 60 ? 1.5 : 3.5,
        pointBorderColor: colour,
        pointBorderWidth: 1.5,
      },
    ];
  }
  const { y: smoothed } = drawnLine(card, line, options.smoothing);
  const datasets: Dataset[] = [];
  if (smoothed !== points.y && options.hasRawLines) {
    datasets.push({
      ...plain,
      data: decimated(points.x, points.y, limit, options),
      borderColor: withAlpha(colour, options.theme.isHighContrast ? 0.4 : 0.25),
      borderWidth: 1,
    });
  }
  datasets.push({
    ...plain,
    data: decimated(points.x, smoothed, limit, options),
    borderColor: colour,
    borderWidth: 1.5,
    borderDash: [...look.dash],
    // A run that has logged once is a point, not an invisible line.
    ...(points.x.length === 1 && { pointRadius: 2.5, backgroundColor: colour }),
  });
  return datasets;
}

function banded(card: CurveCard, line: CurveLine, look: LineLook, limit: number, options: LineOptions): Dataset[] {
  const colour = options.theme.lines[look.colourIndex]!;
  const { x, y: mean, deviation } = drawnLine(card, line, options.smoothing);
  const edge = (sign: number) => {
    const y = mean.map((value, index) => value + sign * deviation![index]!);
    return pointsToDraw(x, y, options.range, limit, options.hasLogScale);
  };
  const isEvaluation = line.kind === 'evaluation';
  return [
    { ...plain, data: edge(1), borderWidth: 0, fill: '+1', backgroundColor: withAlpha(colour, 0.18) },
    { ...plain, data: edge(-1), borderWidth: 0 },
    {
      ...plain,
      data: decimated(x, mean, limit, options),
      borderColor: colour,
      backgroundColor: colour,
      borderWidth: 2,
      borderDash: [...look.dash],
      pointStyle: look.marker,
      pointRadius: isEvaluation ? 3.5 : 0,
      pointBorderColor: colour,
      pointBorderWidth: 1.5,
    },
  ];
}

/** The value where a line crosses `x` on its way from one point to the next. */
const crossing = (from: Point, to: Point, x: number): number =>
  from.y + ((x - from.x) / (to.x - from.x)) * (to.y - from.y);

/** What is seen of lines between two ends, with a little air; never below zero where no value is. */
export function yRangeOf(
  datasets: readonly Pick<Dataset, 'data'>[],
  { from, to }: Range,
  hasLogScale: boolean,
): { min?: number; max?: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  const see = (y: number): void => {
    if (y < low) low = y;
    if (y > high) high = y;
  };
  for (const { data } of datasets) {
    let before: Point | undefined;
    for (const point of data as readonly Point[]) {
      for (const end of [from, to]) if (before && before.x < end && end < point.x) see(crossing(before, point, end));
      if (point.x >= from && point.x <= to) see(point.y);
      before = point;
    }
  }
  if (low > high) return {};
  if (hasLogScale) {
    const air = Math.max(high / low, 1.5) ** 0.06;
    return { min: low / air, max: high * air };
  }
  const air = (high - low || Math.abs(high) || 1) * 0.06;
  return { min: low >= 0 ? Math.max(0, low - air) : low - air, max: high + air };
}

/** Everything a chart draws; the more lines, the fewer points each, so that forty runs cost no more than a few. */
export function lineDatasets(card: CurveCard, options: DrawOptions): Dataset[] {
  const limit = Math.max(200, Math.round((options.width * 3) / Math.sqrt(Math.max(1, card.lines.length))));
  const hasRawLines = card.lines.filter(({ kind }) => kind === 'training').length <= mostRawLines;
  return card.lines.flatMap((line) =>
    (line.members.length > 1 ? banded : single)(card, line, lookIn(card, line), limit, { ...options, hasRawLines }),
  );
}
