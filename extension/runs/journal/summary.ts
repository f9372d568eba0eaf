import type { JournalEvent } from '../../contract/journal.ts';
import type { RunSummary } from '../../contract/run.ts';
import { running, summaryAfter } from '../../contract/summaryAfter.ts';

/** What evaluations and best checkpoints decide. */
type Results = Pick<RunSummary, 'metrics' | 'metricsStep' | 'last' | 'best'>;

/** Results as of a step, and those before: a list that grows in front, so that no event copies it. */
interface Milestone {
  readonly step: number;
  readonly results: Results;
  readonly before: Milestone | undefined;
}

/** A summary under way, with what is needed to go back to an earlier step when a run is resumed there. */
export interface SummaryProgress {
  readonly summary: RunSummary;
  readonly milestones: Milestone | undefined;
}

const noResults: Results = { metrics: {}, metricsStep: null, last: null, best: null };

/** The summary of a run whose journal is empty. */
export function startSummary(createdAt: string): SummaryProgress {
  const summary: RunSummary = {
    version: 2,
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
    ...noResults,
    message: null,
  };
  return { summary, milestones: undefined };
}

/** One journal event further, in constant time. Pure; `journalBytes` is left to whoever knows the file. */
export function reduceSummary(before: SummaryProgress, event: JournalEvent): SummaryProgress {
  const summary = summaryAfter(before.summary, event);
  if (event.type === 'resumed') return resumedAt(before.milestones, summary, event.step);
  if (event.type !== 'evaluation' && event.type !== 'checkpoint') return { ...before, summary };
  const { metrics, metricsStep, last, best } = summary;
  const results = { metrics, metricsStep, last, best };
  return { summary, milestones: { step: event.step, results, before: before.milestones } };
}

function resumedAt(milestones: Milestone | undefined, summary: RunSummary, step: number): SummaryProgress {
  let reached = milestones;
  while (reached !== undefined && reached.step > step) reached = reached.before;
  const results = reached?.results ?? noResults;
  return { summary: { ...summary, ...running, ...results, step, loss: null }, milestones: reached };
}
