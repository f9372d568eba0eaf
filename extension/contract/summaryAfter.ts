import type { JournalEvent, JournalEventOf } from './journal.ts';
import type { RunSummary } from './run.ts';

/** Metric names that a summary holds, and a table has columns for; a journal may come from anywhere. */
export const mostMetrics = 64;

export const running = { state: 'running', endedAt: null, message: null } as const;

/**
 * One journal event further. Its `metrics` are those of the weights that are kept: of the best evaluation where the run
 * keeps one, else of the last. Pure. What goes back to an earlier step (`resumed`) needs the history: `reduceSummary`.
 */
export function summaryAfter(before: RunSummary, event: JournalEvent): RunSummary {
  const summary = { ...before, updatedAt: event.time };
  switch (event.type) {
    case 'hello':
      return {
        ...summary,
        ...running,
        startedAt: summary.startedAt ?? event.time,
        ...(event.device !== 'auto' && { device: event.device }),
      };
    case 'progress':
      return withProgress(summary, event);
    case 'evaluation':
      return withEvaluation(summary, event);
    case 'checkpoint':
      return withCheckpoint(summary, event);
    case 'end':
      return {
        ...summary,
        state: event.state,
        step: event.step,
        ...(event.attempt === undefined ? {} : { attempt: event.attempt }),
        endedAt: event.time,
        message: event.message?.split('\n')[0] ?? null,
      };
    case 'resumed':
    case 'metric':
    case 'note':
    case 'warning':
      return summary;
  }
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

const withProgress = (summary: RunSummary, event: JournalEventOf<'progress'>): RunSummary => ({
  ...summary,
  step: event.step,
  totalSteps: event.totalSteps,
  epoch: event.epoch,
  loss: finite(event.loss),
  elapsedSeconds: event.elapsedSeconds,
  tokensPerSecond: event.tokensPerSecond,
  memoryPeakBytes:
    event.memoryBytes === undefined
      ? summary.memoryPeakBytes
      : Math.max(summary.memoryPeakBytes ?? 0, event.memoryBytes),
});

/** `before-tuning` is the starting point, not a result; the test split's metrics stay apart from validation's. */
function withEvaluation(before: RunSummary, event: JournalEventOf<'evaluation'>): RunSummary {
  // The next progress event counts from the run's beginning again, evaluations included.
  const summary = { ...before, elapsedSeconds: before.elapsedSeconds + (event.seconds ?? 0) };
  const metrics = Object.fromEntries(Object.entries(event.metrics).slice(0, mostMetrics));
  if (event.split === 'before-tuning') return summary;
  if (event.split === 'test') return { ...summary, metrics: { ...validationOf(summary), ...asTest(metrics) } };
  const last = { step: event.step, metrics };
  return summary.best === null ? withKept({ ...summary, last }, last) : { ...summary, last };
}

/** The evaluation of a `best` checkpoint comes right before it. */
function withCheckpoint(summary: RunSummary, event: JournalEventOf<'checkpoint'>): RunSummary {
  if (event.kind !== 'best' || event.metric === undefined || !Number.isFinite(event.metric.value)) return summary;
  const best = { name: event.metric.name, value: event.metric.value, step: event.step };
  const own = summary.last?.step === event.step ? summary.last.metrics : { [best.name]: best.value };
  return withKept({ ...summary, best }, { step: event.step, metrics: own });
}

const withKept = (summary: RunSummary, kept: NonNullable<RunSummary['last']>): RunSummary => ({
  ...summary,
  metrics: { ...kept.metrics, ...testOf(summary) },
  metricsStep: kept.step,
});

const testPrefix = 'test_';

const asTest = (metrics: RunSummary['metrics']): RunSummary['metrics'] =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [testPrefix + name, value]));

const testOf = ({ metrics }: RunSummary): RunSummary['metrics'] =>
  Object.fromEntries(Object.entries(metrics).filter(([name]) => name.startsWith(testPrefix)));

const validationOf = ({ metrics }: RunSummary): RunSummary['metrics'] =>
  Object.fromEntries(Object.entries(metrics).filter(([name]) => !name.startsWith(testPrefix)));
