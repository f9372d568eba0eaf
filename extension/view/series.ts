import type { EndState, JournalEvent, JournalEventOf } from '../contract/journal.ts';
import { type ProgressPoints, progressColumnNames, type RunSeries } from '../contract/series.ts';
import { formatCount } from './figures.ts';

/** Curves without a point. */
export function emptySeries(): RunSeries {
  return {
    progress: Object.fromEntries(progressColumnNames.map((name) => [name, new Float64Array(0)])) as ProgressPoints,
    metrics: [],
    evaluations: [],
    checkpoints: [],
    resumes: [],
    log: [],
    stderrTail: [],
  };
}

/** How much of a buffer its columns have claimed: a property of the buffer, which may be longer than any of them. */
const claimed = new WeakMap<ArrayBuffer, number>();

type Column = Float64Array<ArrayBuffer>;

/**
 * `column` followed by `values`, in amortised constant time a value: spare room behind a column is used when no other
 * column continues it yet, so earlier columns keep their contents.
 */
export function extendColumn(column: Column, values: readonly number[]): Column {
  const length = column.length + values.length;
  let buffer = column.buffer;
  const isOwnTail = column.byteOffset === 0 && claimed.get(buffer) === column.length;
  if (!isOwnTail || length * 8 > buffer.byteLength) {
    const grown = new Float64Array(Math.max(256, length * 2));
    grown.set(column);
    buffer = grown.buffer;
  }
  const extended = new Float64Array(buffer, 0, length);
  extended.set(values, column.length);
  claimed.set(buffer, length);
  return extended;
}

/** First index whose step is beyond `limit`; `steps` ascend. */
function firstBeyond(steps: Column, limit: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Points of the earlier attempt beyond the step from which a run was resumed are dropped. */
function resumedFrom(series: RunSeries, event: JournalEventOf<'resumed'>): RunSeries {
  const cut = firstBeyond(series.progress.step, event.step);
  const progress = Object.fromEntries(
    progressColumnNames.map((name) => [name, series.progress[name].slice(0, cut)]),
  ) as ProgressPoints;
  const metrics = series.metrics.map((points) => {
    const end = firstBeyond(points.step, event.step);
    return { name: points.name, step: points.step.slice(0, end), value: points.value.slice(0, end) };
  });
  return {
    ...series,
    progress,
    metrics,
    evaluations: series.evaluations.filter((point) => point.step <= event.step),
    checkpoints: series.checkpoints.filter((point) => point.step <= event.step),
    resumes: [...series.resumes.filter((at) => at <= event.step), event.step],
    log: [...series.log, { time: event.time, kind: 'resumed', text: `Resumed from step ${formatCount(event.step)}` }],
    stderrTail: [],
  };
}

const endWords: { readonly [S in EndState]: string } = {
  finished: 'Finished',
  stopped: 'Stopped',
  failed: 'Failed',
  died: 'Died',
};

function otherEvent(series: RunSeries, event: Exclude<JournalEvent, { type: 'progress' | 'metric' }>): RunSeries {
  switch (event.type) {
    case 'hello':
      return {
        ...series,
        log: [
          ...series.log,
          {
            time: event.time,
            kind: 'start',
            // `auto` is settled a moment later, and then told by a note.
            text: `Started ${event.device === 'auto' ? '' : `on ${event.device} `}with ${event.executor}`,
          },
        ],
      };
    case 'evaluation':
      return {
        ...series,
        evaluations: [
          // A resumed run may repeat the last evaluation.
          ...series.evaluations.filter((point) => point.step !== event.step || point.split !== event.split),
          { step: event.step, epoch: event.epoch, split: event.split, metrics: event.metrics },
        ],
      };
    case 'checkpoint':
      return { ...series, checkpoints: [...series.checkpoints, { step: event.step, kind: event.kind }] };
    case 'note':
    case 'warning':
      return { ...series, log: [...series.log, { time: event.time, kind: event.type, text: event.message }] };
    case 'resumed':
      return resumedFrom(series, event);
    case 'end': {
      const cause = event.message ? `: ${event.message}` : '';
      const text = `${endWords[event.state]} at step ${formatCount(event.step)}${cause}`;
      return {
        ...series,
        log: [...series.log, { time: event.time, kind: 'end', text }],
        stderrTail: event.stderrTail ?? [],
      };
    }
  }
}

function withProgress(series: RunSeries, points: readonly JournalEventOf<'progress'>[]): RunSeries {
  const columns = progressColumnNames.map((name) => [
    name,
    extendColumn(
      series.progress[name],
      points.map((point) => point[name] ?? Number.NaN),
    ),
  ]);
  return withMetrics({ ...series, progress: Object.fromEntries(columns) as ProgressPoints }, points.flatMap(ratesOf));
}

/** Rates of parameter groups lie among the metrics, each under this and its group's name. */
export const ratePrefix = 'learning_rate of ';

const ratesOf = ({ time, step, learningRates = {} }: JournalEventOf<'progress'>): JournalEventOf<'metric'>[] =>
  Object.entries(learningRates).map(([name, value]) => ({
    type: 'metric',
    time,
    step,
    name: ratePrefix + name,
    value,
  }));

function withMetrics(series: RunSeries, points: readonly JournalEventOf<'metric'>[]): RunSeries {
  const metrics = [...series.metrics];
  for (const name of new Set(points.map((point) => point.name))) {
    const own = points.filter((point) => point.name === name);
    const at = metrics.findIndex((known) => known.name === name);
    const before = metrics[at] ?? { name, step: new Float64Array(0), value: new Float64Array(0) };
    metrics[at === -1 ? metrics.length : at] = {
      name,
      step: extendColumn(
        before.step,
        own.map((point) => point.step),
      ),
      value: extendColumn(
        before.value,
        own.map((point) => point.value),
      ),
    };
  }
  return { ...series, metrics };
}

/** `series` followed by `events`; the given series stays as it was. */
export function extendSeries(series: RunSeries, events: readonly JournalEvent[]): RunSeries {
  let result = series;
  let start = 0;
  while (start < events.length) {
    // Neighbours of one type are taken together: a million progress events extend nine columns once, not a million times.
    const { type } = events[start]!;
    let end = start + 1;
    while (end < events.length && events[end]!.type === type) end += 1;
    const batch = events.slice(start, end);
    if (type === 'progress') result = withProgress(result, batch as JournalEventOf<'progress'>[]);
    else if (type === 'metric') result = withMetrics(result, batch as JournalEventOf<'metric'>[]);
    else {
      for (const event of batch) {
        result = otherEvent(result, event as Exclude<JournalEvent, { type: 'progress' | 'metric' }>);
      }
    }
    start = end;
  }
  return result;
}
