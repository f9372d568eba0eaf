import type { RunSnapshot } from '../../extension/contract/panel.ts';
import type { MetricPoints, ProgressColumnName, RunSeries } from '../../extension/contract/series.ts';
import { judgingOf } from '../../extension/experiments/verdict/judging.ts';
import type { MetricDirection } from '../../extension/metrics/metric.ts';
import { metricOf } from '../../extension/metrics/registry.ts';
import { headingOf, type Quantity } from '../../extension/view/figures.ts';
import { keptValue } from '../../extension/view/keptValue.ts';
import { foldSeeds } from '../../extension/view/seedGroup.ts';
import { ratePrefix } from '../../extension/view/series.ts';
import { type LineLook, lineLook } from '../looks/palette.ts';
import type { Memory } from '../page/memory.ts';
import type { Axis } from '../state/choices.ts';
import { type PageState, shownRuns, slotOf } from '../state/state.ts';
import { lowerBound } from './decimate.ts';
import { countedName, groupNames } from './runText.ts';
import type { Points } from './seedBand.ts';

/** A line of a chart: one run, or several that differ only in seed. */
export interface CurveLine {
  readonly key: string;
  /** Of the run or the seeds that it stands for: training and evaluation share it. */
  readonly group: string;
  readonly label: string;
  readonly slot: number;
  /** Number among the run's lines of this kind: each has dashes of its own. */
  readonly place: number;
  /** Evaluations are few and carry markers; training points are many and do not. */
  readonly kind: 'training' | 'evaluation';
  /** One entry a run. */
  readonly members: readonly Points[];
  /** The evaluation of the weights that are kept. */
  readonly kept: { readonly x: number; readonly y: number } | null;
  /** Equal where the same rows judged: only there is one value better than another. */
  readonly judged: string;
}

/** A line of one point needs no flag on it. */
export const isFlagged = ({ kept, members }: CurveLine): boolean => kept !== null && members[0]!.x.length > 1;

/** How a line of the chart is drawn: one that stands alone needs no dashes. */
export const lookIn = ({ lines }: CurveCard, { slot, place }: CurveLine): LineLook =>
  lineLook(slot, new Set(lines.map(({ group }) => group)).size === 1, place);

/** Lines by name: training and evaluation of a run share both name and look. */
export const namedLines = ({ lines }: CurveCard): ReadonlyMap<string, CurveLine> =>
  new Map(lines.map((line) => [`${line.group} ${line.label}`, line]));

/** A moment in a run's life, drawn as a thin vertical line. */
interface CurveMark {
  readonly x: number;
  readonly kind: 'resumed' | 'checkpoint';
  readonly slot: number;
}

export interface CurveCard {
  readonly id: string;
  readonly title: string;
  readonly quantity: Quantity;
  /** Null where neither end is good. */
  readonly direction: MetricDirection | null;
  readonly axis: Axis;
  /** False for what is set rather than measured: a smoothed schedule would be a wrong one. */
  readonly isSmoothed: boolean;
  readonly lines: readonly CurveLine[];
  readonly marks: readonly CurveMark[];
}

const axisColumns: { readonly [A in Axis]: ProgressColumnName } = {
  step: 'step',
  epoch: 'epoch',
  time: 'elapsedSeconds',
  tokens: 'tokens',
};

/** Where step `at` lies on another axis, by the run's own progress; linear between and beyond its points. */
function onAxis({ progress }: RunSeries, axis: Axis, at: number): number {
  if (axis === 'step') return at;
  const { step } = progress;
  const target = progress[axisColumns[axis]];
  if (step.length === 0) return 0;
  const right = Math.min(Math.max(1, lowerBound(step, at)), step.length - 1);
  // Step 0 is before the first point: no time has passed and no token was seen.
  if (at <= step[0]!) return step[0]! === 0 ? target[0]! : (target[0]! * at) / step[0]!;
  if (at >= step[step.length - 1]!) return target[target.length - 1]!;
  const share = (at - step[right - 1]!) / (step[right]! - step[right - 1]!);
  return target[right - 1]! + share * (target[right]! - target[right - 1]!);
}

/** Training curves that have a column of their own. */
const trainingColumns: readonly (Pick<CurveCard, 'title' | 'quantity' | 'direction'> & { id: ProgressColumnName })[] = [
  { id: 'learningRate', title: 'Learning rate', quantity: 'learningRate', direction: null },
  { id: 'gradientNorm', title: 'Gradient norm', quantity: 'plain', direction: null },
  { id: 'tokensPerSecond', title: 'Tokens per second', quantity: 'rate', direction: 'higher' },
  { id: 'memoryBytes', title: 'Memory', quantity: 'bytes', direction: 'lower' },
];

const metricPointsCache = new WeakMap<Float64Array, { progress: Float64Array; axis: Axis; points: Points }>();

function metricOnAxis(series: RunSeries, { step, value }: MetricPoints, axis: Axis): Points {
  if (axis === 'step') return { x: step, y: value };
  const known = metricPointsCache.get(value);
  if (known?.axis === axis && known.progress === series.progress.step) return known.points;
  const points = { x: step.map((at) => onAxis(series, axis, at)), y: value };
  metricPointsCache.set(value, { progress: series.progress.step, axis, points });
  return points;
}

const evaluationPointsCache = new WeakMap<object, Map<string, Points>>();

const evaluationsOf = ({ evaluations }: RunSeries, metric: string) =>
  evaluations.filter((point) => point.split !== 'test' && Object.hasOwn(point.metrics, metric));

function evaluationOnAxis(series: RunSeries, metric: string, axis: Axis): Points {
  const known = evaluationPointsCache.get(series.evaluations) ?? new Map<string, Points>();
  evaluationPointsCache.set(series.evaluations, known);
  const key = `${axis}:${metric}`;
  let points = known.get(key);
  if (!points) {
    const own = evaluationsOf(series, metric);
    points = {
      x: Float64Array.from(own, (point) => (axis === 'epoch' ? point.epoch : onAxis(series, axis, point.step))),
      y: Float64Array.from(own, (point) => point.metrics[metric]!),
    };
    known.set(key, points);
  }
  return points;
}

/** Where the run's kept weights stand on its line of a metric. */
function keptOf(run: RunSnapshot, metric: string, { x, y }: Points): CurveLine['kept'] {
  const kept = keptValue(run);
  const at = evaluationsOf(run.series, metric).findIndex(
    ({ step, split }) => step === kept?.step && split === 'validation',
  );
  return at === -1 || !Number.isFinite(y[at]) ? null : { x: x[at]!, y: y[at]! };
}

/** Runs that share a line, in the order of the list. */
export function lineGroups(state: PageState): readonly (readonly RunSnapshot[])[] {
  const runs = shownRuns(state);
  if (!state.choices.foldsSeeds) return runs.map((run) => [run]);
  return foldSeeds(runs, ({ seedGroup }) => seedGroup);
}

interface Group {
  readonly key: string;
  readonly label: string;
  readonly slot: number;
  readonly runs: readonly RunSnapshot[];
}

function groupsOf(state: PageState): readonly Group[] {
  const groups = lineGroups(state);
  const names = groupNames(groups);
  return groups.map((runs, index) => ({
    key: runs.length > 1 ? `seeds:${runs[0]!.seedGroup}` : runs[0]!.record.id,
    label: names[index]!,
    // The oldest's, which a further seed does not change.
    slot: slotOf(state, runs.at(-1)!.record.id),
    runs,
  }));
}

/** Metric names in the order in which they first appear; the loss has a card of its own. */
export function evaluationMetrics(runs: readonly RunSnapshot[]): readonly string[] {
  const names = new Set(runs.flatMap((run) => run.series.evaluations.flatMap((point) => Object.keys(point.metrics))));
  names.delete('loss');
  return [...names];
}

/** What judged the runs of a group: each seed may have drawn rows of its own. */
const judgedBy = ({ runs }: Group, metric: string): string =>
  [...new Set(runs.map(({ record }) => judgingOf(record, metric, 'validation').rows))].sort().join('\n');

function line(
  group: Group,
  kind: CurveLine['kind'],
  metric: string,
  pointsOf: (series: RunSeries) => Points,
): CurveLine[] {
  const members = group.runs.map((run) => pointsOf(run.series)).filter((points) => points.x.length > 0);
  if (members.length === 0) return [];
  const [first] = group.runs;
  const kept = kind === 'evaluation' && group.runs.length === 1 ? keptOf(first!, metric, members[0]!) : null;
  const label = countedName(group.label, group.runs, members.length);
  const judged = judgedBy(group, metric);
  const { key, slot } = group;
  return [{ key: `${key}:${kind}`, group: key, label, slot, place: 0, kind, members, kept, judged }];
}

/** More than this many runs would turn the chart into a fence. */
const mostMarkedRuns = 3;

function marksOf(state: PageState): readonly CurveMark[] {
  // Folded seeds have no one life to mark.
  const runs = lineGroups(state).flatMap((group) => (group.length === 1 ? group : []));
  if (runs.length > mostMarkedRuns) return [];
  const { axis } = state.choices;
  return runs.flatMap(({ record, series }) => {
    const slot = slotOf(state, record.id);
    // Of checkpoints only those that still exist: the best one, and where the run can be resumed.
    const last = series.checkpoints.findLast((checkpoint) => checkpoint.kind === 'last');
    const best = series.checkpoints.findLast((checkpoint) => checkpoint.kind === 'best');
    const kept = [last, best].filter((checkpoint) => checkpoint !== undefined);
    return [
      ...series.resumes.map((step) => ({ x: onAxis(series, axis, step), kind: 'resumed' as const, slot })),
      ...kept.map(({ step }) => ({ x: onAxis(series, axis, step), kind: 'checkpoint' as const, slot })),
    ];
  });
}

/** A line for each rate of a run's parameter groups, named by the groups that have it. */
function ratesOf(group: Group, axis: Axis): CurveLine[] {
  const { series } = group.runs[0]!;
  const rates = series.metrics.filter(({ name }) => name.startsWith(ratePrefix));
  const byValue = new Map<number, { readonly points: MetricPoints; readonly names: string[] }>();
  for (const points of rates) {
    // All follow one schedule: where one point differs, all do.
    const key = Math.max(...points.value.subarray(0, 100));
    const known = byValue.get(key) ?? { points, names: [] };
    known.names.push(points.name.slice(ratePrefix.length));
    byValue.set(key, known);
  }
  return [...byValue.values()].map(({ points, names }, place) => ({
    key: `${group.key}:training:${points.name}`,
    group: group.key,
    label: `${group.label} · ${names.join(', ')}`,
    slot: group.slot,
    place,
    kind: 'training',
    members: [metricOnAxis(series, points, axis)],
    kept: null,
    judged: judgedBy(group, 'loss'),
  }));
}

function buildCards(state: PageState): readonly CurveCard[] {
  const groups = groupsOf(state);
  const runs = groups.flatMap((group) => group.runs);
  const { axis } = state.choices;
  const marks = marksOf(state);
  const training = (column: ProgressColumnName) => (series: RunSeries) => ({
    x: series.progress[axisColumns[axis]],
    y: series.progress[column],
  });
  const evaluated = (metric: string) => (series: RunSeries) => evaluationOnAxis(series, metric, axis);
  const loss: CurveCard = {
    id: 'loss',
    title: 'Loss',
    quantity: 'plain',
    direction: 'lower',
    axis,
    isSmoothed: true,
    lines: groups.flatMap((group) => [
      ...line(group, 'training', 'loss', training('loss')),
      ...line(group, 'evaluation', 'loss', evaluated('loss')),
    ]),
    marks,
  };
  const metrics = evaluationMetrics(runs).map((metric) => ({
    id: `evaluation:${metric}`,
    title: headingOf(metric),
    quantity: metricOf(metric).quantity,
    direction: metricOf(metric).direction,
    axis,
    isSmoothed: false,
    lines: groups.flatMap((group) => line(group, 'evaluation', metric, evaluated(metric))),
    marks,
  }));
  const columns = trainingColumns.map(({ id, title, quantity, direction }) => ({
    id,
    title,
    quantity,
    direction,
    axis,
    isSmoothed: id !== 'learningRate' && id !== 'memoryBytes',
    lines: groups.flatMap((group) => {
      const rates = id === 'learningRate' ? ratesOf(group, axis) : [];
      return rates.length > 1 ? rates : line(group, 'training', id, training(id));
    }),
    marks,
  }));
  const all = new Set(runs.flatMap((run) => run.series.metrics.map((points) => points.name)));
  const names = [...all].filter((name) => !name.startsWith(ratePrefix));
  const others = names.map((name) => ({
    id: `metric:${name}`,
    title: headingOf(name),
    quantity: metricOf(name).quantity,
    direction: metricOf(name).direction,
    axis,
    isSmoothed: true,
    lines: groups.flatMap((group) =>
      line(group, 'training', name, (series) => {
        const points = series.metrics.find((known) => known.name === name);
        return points ? metricOnAxis(series, points, axis) : { x: new Float64Array(0), y: new Float64Array(0) };
      }),
    ),
    marks,
  }));
  const hasValues = ({ y }: Points) => y.some((value) => !Number.isNaN(value));
  return [loss, ...metrics, ...columns, ...others].filter(
    // A diverged loss is all NaN and must be seen; a column that nobody writes is not.
    (card) => card.id === 'loss' || card.lines.some(({ members }) => members.some(hasValues)),
  );
}

/** All charts for the overlaid runs, without empty ones. The same objects as before while nothing they show changed. */
export function curveCards(state: PageState, memory: Memory): readonly CurveCard[] {
  const { axis, foldsSeeds, slots } = state.choices;
  const shown = shownRuns(state).flatMap((run) => [run.series, run.notes, run.seedGroup, run.summary?.best]);
  return memory.recall('curve cards', [axis, foldsSeeds, slots, ...shown], () => buildCards(state));
}
