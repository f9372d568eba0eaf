import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../../extension/contract/journal.ts';
import { runSummary } from '../../../extension/contract/run.ts';
import { reduceSummary, startSummary } from '../../../extension/runs/journal/summary.ts';
import { at, best, end, evaluation, hello, progress } from '../../support/newRun.ts';

const summarize = (...events: JournalEvent[]) => events.reduce(reduceSummary, startSummary(at(0))).summary;
const resumed = (step: number): JournalEvent => ({ type: 'resumed', time: at(59), step });

describe('a run summary', () => {
  it('makes a queued run of an empty journal', () => {
    expect(summarize()).toMatchObject({ state: 'queued', startedAt: null, updatedAt: at(0), step: 0 });
  });

  it('knows what computed last once `auto` is settled', () => {
    const on = (second: number, device: string): JournalEvent => ({ ...hello(second), device }) as JournalEvent;
    expect(summarize(on(1, 'auto')).device).toBeUndefined();
    expect(summarize(on(1, 'webgpu'), end('stopped', 4), on(9, 'cpu')).device).toBe('cpu');
  });

  it('holds the last progress, the peak of memory and the last metrics', () => {
    const summary = summarize(
      hello(1),
      progress(10, { memoryBytes: 900 }),
      evaluation(10, 0.8),
      progress(20, { memoryBytes: 700 }),
      evaluation(20, 0.7),
      end('finished', 20),
    );
    expect(summary).toMatchObject({
      state: 'finished',
      step: 20,
      totalSteps: 100,
      epoch: 0.4,
      loss: 0.05,
      memoryPeakBytes: 900,
      startedAt: at(1),
      endedAt: at(20),
    });
    expect(summary.metrics.accuracy).toBe(0.7);
    expect(runSummary.parse(summary)).toEqual(summary);
  });

  it('keeps test metrics apart and leaves out what was before tuning', () => {
    const before: JournalEvent = {
      type: 'evaluation',
      time: at(0),
      step: 0,
      epoch: 0,
      split: 'before-tuning',
      metrics: { accuracy: 0.5 },
    };
    const test: JournalEvent = {
      type: 'evaluation',
      time: at(9),
      step: 9,
      epoch: 1,
      split: 'test',
      metrics: { accuracy: 0.6 },
    };
    expect(summarize(hello(), before).metrics).toEqual({});
    expect(summarize(hello(), before, evaluation(9, 0.75), test).metrics).toEqual({
      loss: 0.25,
      accuracy: 0.75,
      test_accuracy: 0.6,
    });
  });

  it('can be written as JSON when the run diverged', () => {
    const summary = summarize(
      hello(),
      progress(3, { loss: Number.NaN }),
      end('failed', 3, 'loss became NaN\nat step 3'),
    );
    expect(summary).toMatchObject({ loss: null, state: 'failed', message: 'loss became NaN' });
    expect(runSummary.parse(JSON.parse(JSON.stringify(summary)))).toEqual(summary);
  });

  it('goes back to the step a run was resumed from', () => {
    const first = [
      hello(),
      progress(10),
      evaluation(10, 0.7),
      best(10, 0.7),
      progress(20),
      evaluation(20, 0.9),
      best(20, 0.9),
    ];
    expect(summarize(...first, end('died', 20), hello(58), resumed(10))).toMatchObject({
      state: 'running',
      endedAt: null,
      message: null,
      step: 10,
      metrics: { accuracy: 0.7 },
      best: { name: 'accuracy', value: 0.7, step: 10 },
      startedAt: at(0),
    });
    expect(summarize(...first, end('died', 20), hello(58), resumed(5))).toMatchObject({
      metrics: {},
      metricsStep: null,
      last: null,
      best: null,
    });
  });

  it('takes time in proportion to the journal, also where every evaluation brings another name', () => {
    const events = Array.from({ length: 100_000 }, (_, i) => ({
      ...evaluation(i + 1, 0.5),
      metrics: { [`metric_${i}`]: i },
    }));
    const started = performance.now();
    expect(summarize(hello(), ...events.slice(0, 10), resumed(3)).metrics).toEqual({ metric_2: 2 });
    expect(events.reduce(reduceSummary, startSummary(at(0))).summary.metrics).toEqual({ metric_99999: 99_999 });
    // Copying what came before takes minutes.
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
