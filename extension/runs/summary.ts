import type { JournalEvent, JournalEventOf } from '../contract/journal.ts';
import type { RunSummary } from '../contract/run.ts';

interface Measured {
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** A summary under way, with what is needed to go back to an earlier step when a run is resumed there. */
export interface SummaryProgress {
  readonly summary: RunSummary;
  readonly evaluations: readonly Measured[];
  readonly bests: readonly NonNullable<RunSummary['best']>[];
}

/** The summary of a run whose journal is empty. */
export function startSummary(createdAt: string): SummaryProgress {
  const summary: RunSummary = {
    version: 1,
    journalBytes: 0,
    state: 'queued',
    step: 0,
    totalSteps: 0,
    epoch: 0,
    startedAt: null,
    updatedAt: createdAt,
    endedAt: null,
    elapsedSeconds: 0,
    tokensPerSecond: null,
    memoryPeakBytes: null,
    loss: null,
    metrics: {},
    best: null,
    message: null,
  };
  return { summary, evaluations: [], bests: [] };
}

/** One journal event further. Pure; `journalBytes` is left to whoever knows the file. */
export function reduceSummary(before: SummaryProgress, event: JournalEvent): SummaryProgress {
  const summary = { ...before.summary, updatedAt: event.time };
  switch (event.type) {
    case 'hello':
      return {
        ...before,
        summary: { ...summary, ...running, startedAt: summary.startedAt ?? event.time },
      };
    case 'progress':
      return { ...before, summary: withProgress(summary, event) };
    case 'evaluation':
      return withEvaluation({ ...before, summary }, event);
    case 'checkpoint':
      return withCheckpoint({ ...before, summary }, event);
    case 'resumed':
      return resumedAt(before, summary, event.step);
    case 'end':
      return {
        ...before,
        summary: {
          ...summary,
          state: event.state,
          step: event.step,
          endedAt: event.time,
          message: event.message?.split('\n')[0] ?? null,
        },
      };
    case 'metric':
    case 'note':
    case 'warning':
      return { ...before, summary };
  }
}

const running = { state: 'running', endedAt: null, message: null } as const;

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
function withEvaluation(before: SummaryProgress, event: JournalEventOf<'evaluation'>): SummaryProgress {
  // The next progress event counts from the run's beginning again, evaluations included.
  const elapsedSeconds = before.summary.elapsedSeconds + (event.seconds ?? 0);
  if (event.split === 'before-tuning') return { ...before, summary: { ...before.summary, elapsedSeconds } };
  const prefix = event.split === 'test' ? 'test_' : '';
  const known = Object.entries(event.metrics).filter(([, value]) => Number.isFinite(value));
  const metrics = Object.fromEntries(known.map(([name, value]) => [prefix + name, value]));
  return {
    ...before,
    summary: { ...before.summary, elapsedSeconds, metrics: { ...before.summary.metrics, ...metrics } },
    evaluations: [...before.evaluations, { step: event.step, metrics }],
  };
}

function withCheckpoint(before: SummaryProgress, event: JournalEventOf<'checkpoint'>): SummaryProgress {
  if (event.kind !== 'best' || event.metric === undefined || !Number.isFinite(event.metric.value)) return before;
  const best = { name: event.metric.name, value: event.metric.value, step: event.step };
  return { ...before, summary: { ...before.summary, best }, bests: [...before.bests, best] };
}

function resumedAt(before: SummaryProgress, summary: RunSummary, step: number): SummaryProgress {
  const evaluations = before.evaluations.filter((evaluation) => evaluation.step <= step);
  const bests = before.bests.filter((best) => best.step <= step);
  return {
    summary: {
      ...summary,
      ...running,
      step,
      loss: null,
      metrics: Object.assign({}, ...evaluations.map((evaluation) => evaluation.metrics)),
      best: bests.at(-1) ?? null,
    },
    evaluations,
    bests,
  };
}
