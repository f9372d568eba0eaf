import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../extension/contract/journal.ts';
import { runSummary } from '../../extension/contract/run.ts';
import { summaryAfter } from '../../extension/contract/summaryAfter.ts';
import { startSummary } from '../../extension/runs/journal/summary.ts';
import { at, best, end, evaluation, hello, progress, testEvaluation } from '../support/newRun.ts';

const summarize = (...events: JournalEvent[]) => events.reduce(summaryAfter, startSummary(at(0)).summary);

describe('the metrics of a summary', () => {
  it('are those of the best evaluation, with its step, and the last evaluation stands beside them', () => {
    const summary = summarize(
      hello(),
      evaluation(10, 0.7),
      best(10, 0.7),
      evaluation(20, 0.9),
      best(20, 0.9),
      evaluation(30, 0.6),
      end('finished', 30),
    );
    expect(summary).toMatchObject({
      metrics: { accuracy: 0.9 },
      metricsStep: 20,
      last: { step: 30, metrics: { accuracy: 0.6 } },
    });
  });

  it('are those of the last evaluation where no best one is kept', () => {
    expect(summarize(hello(), evaluation(10, 0.9), evaluation(20, 0.6))).toMatchObject({
      metrics: { accuracy: 0.6 },
      metricsStep: 20,
    });
  });

  it('hold what is no number as NaN, never an older value beside newer ones', () => {
    const collapsed: JournalEvent = { ...evaluation(20, 0.6), metrics: { loss: 0.4, accuracy: Number.NaN } };
    const { metrics } = summarize(hello(), evaluation(10, 0.9), collapsed);
    expect(metrics).toEqual({ loss: 0.4, accuracy: Number.NaN });
    const written = runSummary.parse(JSON.parse(JSON.stringify(summarize(hello(), collapsed))));
    expect(written.metrics.accuracy).toBeNaN();
  });

  it('keep those of the test rows, evaluated last, beside the best of the validation rows', () => {
    const summary = summarize(
      hello(),
      evaluation(10, 0.9),
      best(10, 0.9),
      evaluation(20, 0.6),
      testEvaluation(20, 0.8),
    );
    expect(summary.metrics).toMatchObject({ accuracy: 0.9, test_accuracy: 0.8 });
    expect(summary.metricsStep).toBe(10);
  });

  it('are at most 64 names of one evaluation, whoever wrote the journal', () => {
    const metrics = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`metric_${i}`, i]));
    const many: JournalEvent = { ...evaluation(10, 0.9), metrics };
    expect(Object.keys(summarize(hello(), progress(10), many).metrics)).toHaveLength(64);
  });
});
