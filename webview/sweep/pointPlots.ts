import type { ArmTuning, CostName, FrontPlace, SweepView, VerdictView } from '../../extension/contract/sweepView.ts';
import { metricOf } from '../../extension/metrics/registry.ts';
import type { Quantity } from '../../extension/view/figures.ts';
import type { LineLook } from '../looks/palette.ts';
import { meanInterval } from './rangeRows.ts';

interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A mark of a plot of points. */
export interface PlotMark {
  readonly x: number;
  readonly y: number;
  readonly xInterval?: Interval | undefined;
  readonly yInterval?: Interval | undefined;
  /** A value that was chosen: `edge` is at the end of what was tried. */
  readonly ring?: 'chosen' | 'edge';
  readonly front?: FrontPlace;
}

export interface PlotSeries {
  readonly name: string;
  readonly look: LineLook;
  /** Joined by a line, by x. */
  readonly marks: readonly PlotMark[];
  readonly isJoined: boolean;
  /** Single runs behind the marks; those beside the line are hollow. */
  readonly dots: readonly { readonly x: number; readonly y: number; readonly isAside: boolean }[];
}

export interface PointPlot {
  readonly series: readonly PlotSeries[];
  readonly xQuantity: Quantity;
  readonly yQuantity: Quantity;
  readonly isLog: boolean;
  /** Names of the x axis' places where its values are no numbers. */
  readonly places?: readonly string[];
  /** Marks of arms than which none is as good for less, left to right, where there are several. */
  readonly front: readonly { readonly x: number; readonly y: number }[];
}

/** The tuned keys, in the order of the sweep's file. */
export const tunedKeys = ({ tuning }: Pick<SweepView, 'tuning'>): readonly string[] => [
  ...new Set(tuning.flatMap(({ points }) => points.flatMap(({ settings }) => settings.map(({ key }) => key)))),
];

/** Beyond this ratio of its ends an axis of positive numbers is drawn in ratios. */
const logRatio = 5;

const isLogAxis = (values: readonly number[]): boolean =>
  values.length > 1 && values.every((value) => value > 0) && Math.max(...values) / Math.min(...values) >= logRatio;

/**
 * The validation metric of every arm over one tuned key: seeds as dots, their mean as marks, the chosen one ringed. Where several
 * keys are tuned, a line holds the others at their chosen values.
 * @param cells of the question that is looked at
 */
export function tuningPlot(
  view: Pick<SweepView, 'tuning' | 'cells'>,
  cells: readonly number[],
  key: string,
  lookOf: (arm: string) => LineLook,
): PointPlot {
  const tunings = view.tuning.filter(({ cell }) => cells.includes(cell));
  const all = tunings.flatMap(({ points }) => points.map((point) => valueIn(point, key)));
  const isNumeric = all.every((value) => typeof value === 'number');
  const places = [...new Set(all.map(String))];
  const x = (point: ArmTuning['points'][number]): number =>
    isNumeric ? (valueIn(point, key) as number) : places.indexOf(String(valueIn(point, key)));
  const metric = metricOf(tunings[0]?.metric ?? 'loss');
  return {
    series: tunings.map(({ cell, points, chosen, edges }) => {
      const arm = view.cells[cell]!.arm;
      const best = chosen === null ? undefined : points[chosen];
      const isOnLine = (point: ArmTuning['points'][number]): boolean =>
        best === undefined ||
        point.settings.every((set, i) => set.key === key || set.value === best.settings[i]!.value);
      const isEdge = edges.some((edge) => edge.startsWith(`${key} `));
      const marks = points.flatMap((point): PlotMark[] => {
        const mean = meanOf(point);
        if (mean === undefined || point.isDropped || !isOnLine(point)) return [];
        return [{ x: x(point), y: mean, ...(point === best && { ring: isEdge ? 'edge' : 'chosen' }) }];
      });
      return {
        name: arm,
        look: lookOf(arm),
        marks: marks.sort((a, b) => a.x - b.x),
        isJoined: true,
        dots: points.flatMap((point) =>
          point.scores.flatMap(({ score }) =>
            score === null ? [] : [{ x: x(point), y: score, isAside: point.isDropped || !isOnLine(point) }],
          ),
        ),
      };
    }),
    xQuantity: key.endsWith('learning_rate') ? 'learningRate' : 'plain',
    yQuantity: metric.quantity,
    isLog: isNumeric && isLogAxis(all as number[]),
    ...(!isNumeric && { places }),
    front: [],
  };
}

const valueIn = ({ settings }: ArmTuning['points'][number], key: string) =>
  settings.find((setting) => setting.key === key)?.value ?? null;

/** Over the seeds that have a score; undefined where one failed. */
function meanOf({ scores }: ArmTuning['points'][number]): number | undefined {
  if (scores.length === 0 || scores.some(({ score }) => score === null)) return undefined;
  return scores.reduce((sum, { score }) => sum + score!, 0) / scores.length;
}

const costQuantities: { readonly [C in CostName]: Quantity } = {
  tunable: 'count',
  seconds: 'seconds',
  memory: 'bytes',
  kept: 'bytes',
};

/** Every arm's score against one of its costs, both with their intervals. */
export function costPlot(verdict: VerdictView, cost: CostName, lookOf: (arm: string) => LineLook): PointPlot {
  const series = verdict.leaderboard.flatMap(({ arm, spread, planned, costs }): PlotSeries[] => {
    const known = costs[cost];
    if (spread === undefined || known === undefined) return [];
    const { mean: x, interval: xInterval } = known.spread;
    const mark = { x, y: spread.mean, xInterval, yInterval: meanInterval({ spread, planned }), front: known.front };
    return [{ name: arm, look: lookOf(arm), marks: [mark], isJoined: false, dots: [] }];
  });
  const onFront = series.flatMap(({ marks }) => marks).filter(({ front }) => front === 'on');
  return {
    series,
    xQuantity: costQuantities[cost],
    yQuantity: metricOf(verdict.metric).quantity,
    isLog: isLogAxis(series.map(({ marks }) => marks[0]!.x)),
    front: onFront.length > 1 ? onFront.map(({ x, y }) => ({ x, y })).sort((a, b) => a.x - b.x) : [],
  };
}
