import { type JournalEvent, journalLine } from '../../contract/journal.ts';
import type { ForeignRun, HostMessageInput, RunSnapshot } from '../../contract/panel.ts';
import { type ProgressPoints, progressColumnNames, type RunSeries } from '../../contract/series.ts';

/** Columns without the spare room behind them, which structured clone would copy too. */
function trimmed(series: RunSeries): RunSeries {
  const progress = Object.fromEntries(
    progressColumnNames.map((name) => [name, series.progress[name].slice()]),
  ) as ProgressPoints;
  const metrics = series.metrics.map(({ name, step, value }) => ({ name, step: step.slice(), value: value.slice() }));
  return { ...series, progress, metrics };
}

/** All runs, which replace those that the page had. */
export function snapshotMessage(runs: readonly RunSnapshot[], foreign: readonly ForeignRun[]): HostMessageInput {
  return {
    type: 'snapshot',
    runs: runs.map((run) => ({ ...run, series: trimmed(run.series) })),
    foreign: [...foreign],
  };
}

/** One run, new or read anew. */
export function runMessage(run: RunSnapshot): HostMessageInput {
  return { type: 'run', run: { ...run, series: trimmed(run.series) } };
}

/** The host's messages pass through JSON, which has no NaN: events travel as their journal lines would. */
export function appendMessage(run: string, events: readonly JournalEvent[]): HostMessageInput {
  return { type: 'append', run, events: events.map((event) => JSON.parse(journalLine(event))) };
}
