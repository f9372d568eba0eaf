import { describe, expect, it } from 'vitest';
import { runDescription } from '../../extension/host/explorer/runText.ts';
import type { RunEntry } from '../../extension/runs/folder/runEntry.ts';
import { ordinal, progressOf, progressText, secondsLeft, whereabouts } from '../../extension/view/runState.ts';
import { progressTexts } from '../../webview/curves/runText.ts';
import { testRun, testTimeMs } from '../support/browserRuns.ts';

describe('how far a run is', () => {
  it('is told as a share, and what is left at the pace of the whole run', () => {
    const run = { step: 25, totalSteps: 100, elapsedSeconds: 50 };
    expect([progressOf(run), secondsLeft(run)]).toEqual([0.25, 150]);
    expect(progressOf({ ...run, step: 120 })).toBe(1);
    expect([0.004, 0.6299, 0.999, 1].map(progressText)).toEqual(['0\u202f%', '62\u202f%', '99\u202f%', '100\u202f%']);
  });

  it('is never behind its step', () => {
    const steps = Array.from({ length: 101 }, (_, step) => step);
    expect(steps.map((step) => progressText(step / 100))).toEqual(steps.map((step) => `${step}\u202f%`));
    expect(progressText(2999 / 3000)).toBe('99\u202f%');
  });

  it('is not told before there is anything to tell from', () => {
    expect(progressOf({ step: 0, totalSteps: 0 })).toBeUndefined();
    for (const none of [{ step: 0 }, { totalSteps: 0 }, { elapsedSeconds: 0 }]) {
      expect(secondsLeft({ step: 25, totalSteps: 100, elapsedSeconds: 50, ...none })).toBeUndefined();
    }
  });

  it('counts places in words', () => {
    expect([1, 2, 3, 4, 11, 12, 13, 21, 111].map(ordinal).join(' ')).toBe('1st 2nd 3rd 4th 11th 12th 13th 21st 111th');
  });
});

describe('explorer and page', () => {
  const shown = testRun(0, { state: 'running' });
  const entry: RunEntry = {
    ...shown,
    id: shown.record.id,
    folder: '/runs/a',
    summary: shown.summary!,
    message: null,
  };
  const heardMs = Date.parse(entry.summary.updatedAt);
  const bothAt = (nowMs: number) => ({
    explorer: runDescription(entry, undefined, nowMs).split(' · ').slice(0, whereabouts(entry, nowMs).length),
    page: progressTexts(shown, nowMs).slice(1),
  });

  it('say the same of a running run: progress and time left', () => {
    const { explorer, page } = bothAt(heardMs + 1000);
    expect(page).toEqual(['61\u202f%', '0:16 left']);
    expect(explorer).toEqual(page);
  });

  it('call it silent after the same time', () => {
    expect(bothAt(heardMs + 30_000).page).toHaveLength(2);
    const { explorer, page } = bothAt(heardMs + 30_001);
    expect(page).toEqual([expect.stringMatching(/^no news since \d\d:\d\d:\d\d$/)]);
    expect(explorer).toEqual(page);
    expect(testTimeMs).toBeLessThan(heardMs);
  });
});
