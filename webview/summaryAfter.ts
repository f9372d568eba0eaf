import type { JournalEvent } from '../extension/contract/journal.ts';
import type { RunSnapshot } from '../extension/contract/panel.ts';

type Summary = RunSnapshot['summary'];

/** Keeps a summary in step with the journal between the host's own updates, which decide state and best value. */
export function summaryAfter(summary: Summary, events: readonly JournalEvent[]): Summary {
  if (!summary) return null;
  let next = summary;
  for (const event of events) {
    next = { ...next, updatedAt: event.time };
    if (event.type === 'progress') {
      next = {
        ...next,
        step: event.step,
        totalSteps: event.totalSteps,
        epoch: event.epoch,
        elapsedSeconds: event.elapsedSeconds,
        tokensPerSecond: event.tokensPerSecond,
        loss: Number.isFinite(event.loss) ? event.loss : null,
        memoryPeakBytes: Math.max(next.memoryPeakBytes ?? 0, event.memoryBytes ?? 0) || null,
      };
    } else if (event.type === 'evaluation' && event.split === 'validation') {
      const finite = Object.entries(event.metrics).filter(([, value]) => Number.isFinite(value));
      next = { ...next, metrics: Object.fromEntries(finite) };
    } else if (
      event.type === 'checkpoint' &&
      event.kind === 'best' &&
      event.metric &&
      Number.isFinite(event.metric.value)
    ) {
      next = { ...next, best: { ...event.metric, step: event.step } };
    }
  }
  return next;
}
