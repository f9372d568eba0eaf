import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../extension/contract/journal.ts';
import { hostMessage, pageMessage } from '../../extension/contract/panel.ts';
import { appendMessage, runMessage, snapshotMessage } from '../../extension/host/dashboard/hostMessages.ts';
import { emptySeries, extendColumn, extendSeries } from '../../extension/view/series.ts';
import { progressEvent, testRun } from '../support/browserRuns.ts';

const time = '2026-03-01T09:00:00.000Z';
const steps = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => progressEvent(from + index, 100, (from + index) / 100, 0));
const metric = (step: number, name: string, value: number): JournalEvent => ({
  type: 'metric',
  time,
  step,
  name,
  value,
});

describe('extendSeries', () => {
  it('puts progress into columns, NaN where a field is absent', () => {
    const { memoryBytes: _, ...bare } = progressEvent(2, 100, 0.5, 0) as Extract<JournalEvent, { type: 'progress' }>;
    const { progress } = extendSeries(emptySeries(), [...steps(1, 1), bare]);
    expect([...progress.step]).toEqual([1, 2]);
    expect([...progress.loss]).toEqual([0.01, 0.5]);
    expect(progress.memoryBytes[1]).toBeNaN();
  });

  it('leaves the series it is given as it was, even when two continue it differently', () => {
    const base = extendSeries(emptySeries(), steps(1, 5));
    const left = extendSeries(base, steps(6, 8));
    const right = extendSeries(base, [progressEvent(6, 100, 9, 0)]);
    expect(base.progress.step.length).toBe(5);
    expect([...left.progress.loss.slice(5)]).toEqual([0.06, 0.07, 0.08]);
    expect([...right.progress.loss.slice(5)]).toEqual([9]);
  });

  it('gives the same whether events come at once or one by one', () => {
    const events = [...steps(1, 30), metric(10, 'gpu', 1), ...steps(31, 40), metric(40, 'gpu', 2)];
    const once = extendSeries(emptySeries(), events);
    const apart = events.reduce((series, event) => extendSeries(series, [event]), emptySeries());
    expect(apart).toEqual(once);
  });

  it('keeps what was chosen for the user among the last events', () => {
    const { log } = extendSeries(emptySeries(), [{ type: 'note', time, code: 'device', message: 'takes the CPU' }]);
    expect(log).toEqual([{ time, kind: 'note', text: 'takes the CPU' }]);
    const end = { type: 'end', time, state: 'failed', step: 1200, message: 'no room' } as const;
    expect(extendSeries(emptySeries(), [end]).log[0]!.text).toBe('Failed at step 1,200: no room');
  });

  it('drops what an earlier attempt wrote beyond the step of a resume', () => {
    const series = extendSeries(emptySeries(), [
      ...steps(1, 20),
      metric(5, 'gpu', 1),
      metric(15, 'gpu', 2),
      { type: 'evaluation', time, step: 10, epoch: 1, split: 'validation', metrics: { accuracy: 0.5 } },
      { type: 'evaluation', time, step: 20, epoch: 2, split: 'validation', metrics: { accuracy: 0.6 } },
      { type: 'checkpoint', time, step: 10, kind: 'last' },
      { type: 'checkpoint', time, step: 20, kind: 'best' },
      { type: 'resumed', time, step: 10 },
      ...steps(11, 12),
    ]);
    expect([...series.progress.step]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect([...series.metrics[0]!.value]).toEqual([1]);
    expect(series.evaluations.map(({ step }) => step)).toEqual([10]);
    expect(series.checkpoints).toEqual([{ step: 10, kind: 'last' }]);
    expect(series.resumes).toEqual([10]);
  });

  it('counts an evaluation once that a resumed attempt repeated', () => {
    const judged = { type: 'evaluation', time, step: 10, epoch: 1, metrics: { accuracy: 0.5 } } as const;
    const validation = { ...judged, split: 'validation' } as const;
    const events = [{ ...judged, split: 'test' } as const, validation, { type: 'resumed', time, step: 10 } as const];
    const { evaluations } = extendSeries(emptySeries(), [...events, validation]);
    expect(evaluations.map(({ split }) => split)).toEqual(['test', 'validation']);
  });

  it('holds the rates of parameter groups beside the metrics, each under its group', () => {
    const [first] = steps(1, 1);
    const events = [first!, { ...first!, step: 2, learningRates: { 'ln-tuning': 0.001, head: 0.0005 } }];
    expect(extendSeries(emptySeries(), events).metrics).toEqual([
      { name: 'learning_rate of ln-tuning', step: Float64Array.of(2), value: Float64Array.of(0.001) },
      { name: 'learning_rate of head', step: Float64Array.of(2), value: Float64Array.of(0.0005) },
    ]);
  });

  it('keeps metrics of any name apart, `__proto__` too', () => {
    const { metrics } = extendSeries(emptySeries(), [
      metric(1, '__proto__', 1),
      metric(1, 'constructor', 2),
      metric(2, '__proto__', 3),
    ]);
    expect(metrics.map(({ name, value }) => [name, ...value])).toEqual([
      ['__proto__', 1, 3],
      ['constructor', 2],
    ]);
  });
});

describe('extendColumn', () => {
  it('copies rarely: a million values one by one stay fast', () => {
    let column = new Float64Array(0);
    const buffers = new Set<ArrayBuffer>();
    for (let index = 0; index < 100_000; index += 1) {
      column = extendColumn(column, [index]);
      buffers.add(column.buffer);
    }
    expect(column[99_999]).toBe(99_999);
    expect(buffers.size).toBeLessThan(20);
  });
});

describe('messages to the page', () => {
  it('pass their own checks, after JSON as the editor does it', () => {
    const run = testRun(0, { nanFrom: 20, state: 'failed' });
    // The editor sends typed arrays beside the JSON text.
    const columns: Float64Array[] = [];
    const text = JSON.stringify(snapshotMessage([run], []), (_, value: unknown) =>
      value instanceof Float64Array ? { column: columns.push(value) - 1 } : value,
    );
    const arrived: unknown = JSON.parse(text, (_, value) =>
      typeof value?.column === 'number' ? columns[value.column] : value,
    );
    const message = hostMessage.parse(arrived);
    expect(message.type).toBe('snapshot');
    if (message.type !== 'snapshot') return;
    expect(message.runs[0]!.series.evaluations.some((point) => Number.isNaN(point.metrics.accuracy))).toBe(true);
  });

  it('carry NaN and infinity of events', () => {
    const message = appendMessage('r', [progressEvent(1, 2, Number.NaN, 0), metric(1, 'x', Number.POSITIVE_INFINITY)]);
    const parsed = hostMessage.parse(JSON.parse(JSON.stringify(message)));
    expect(parsed).toMatchObject({ events: [{ loss: Number.NaN }, { value: Number.POSITIVE_INFINITY }] });
  });

  it('leave the spare room behind columns at home', () => {
    const run = testRun(0, { state: 'running' });
    const grown = { ...run, series: extendSeries(run.series, steps(224, 226)) };
    const message = runMessage(grown);
    if (message.type !== 'run') throw new Error('expected a run message');
    const { step } = (message.run as typeof grown).series.progress;
    expect(step.buffer.byteLength).toBe(step.byteLength);
  });

  it('are refused when columns differ in length', () => {
    const run = testRun(0);
    const broken = {
      ...run,
      series: { ...run.series, progress: { ...run.series.progress, loss: new Float64Array(1) } },
    };
    expect(hostMessage.safeParse(runMessage(broken)).error?.message).toContain('all columns have one length');
  });
});

describe('messages to the host', () => {
  it('cannot name a file outside the folder that the user picks', () => {
    const save = (name: string) => pageMessage.safeParse({ type: 'save', name, data: '' }).success;
    expect(save('loss.csv')).toBe(true);
    for (const name of ['../loss.csv', 'a/b.csv', 'a\\b.csv', '', 'x'.repeat(121)])
      expect(save(name), name).toBe(false);
  });

  it('cannot ask for an action that does not exist', () => {
    expect(pageMessage.safeParse({ type: 'action', action: 'delete', run: 'r' }).success).toBe(false);
  });
});
