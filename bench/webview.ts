/** Times what the dashboard page computes for 1,000,000 points and 50,000 events: `node scripts/run.mjs bench/webview.ts`. */
import type { JournalEvent } from '../extension/contract/journal.ts';
import { hostMessage } from '../extension/contract/panel.ts';
import { appendMessage } from '../extension/host/dashboard/hostMessages.ts';
import { emptySeries, extendSeries } from '../extension/view/series.ts';
import { pointsToDraw } from '../webview/curves/decimate.ts';
import { smooth } from '../webview/curves/smooth.ts';

const count = 1_000_000;

function median(run: () => unknown): number {
  const times = Array.from({ length: 9 }, () => {
    const started = performance.now();
    run();
    return performance.now() - started;
  });
  return times.sort((a, b) => a - b)[4]!;
}

function report(name: string, milliseconds: number): void {
  console.log(`${name.padEnd(46)} ${milliseconds.toFixed(1).padStart(7)} ms median`);
}

const x = Float64Array.from({ length: count }, (_, index) => index);
const y = Float64Array.from(x, (at) => Math.exp((-3 * at) / count) + 0.2 * Math.sin(at * 12.9898) ** 2);
const events = Array.from(
  { length: 50_000 },
  (_, index): JournalEvent => ({
    type: 'progress',
    time: '2026-03-01T09:00:00.000Z',
    step: index + 1,
    totalSteps: 50_000,
    epoch: index / 50_000,
    loss: 0.4,
    learningRate: 1e-3,
    gradientNorm: 1,
    tokens: index * 370,
    tokensPerSecond: 3000,
    elapsedSeconds: index / 10,
  }),
);
const message = appendMessage('run', events);

// Another strength each time, so that the cache has no answer.
let strength = 0.5;
function smoothAnew(): void {
  strength += 0.001;
  smooth(x, y, strength);
}
report('smooth 1,000,000 points', median(smoothAnew));
report(
  'decimate 1,000,000 points to 1,500',
  median(() => pointsToDraw(x, y, { from: 0, to: count }, 1500, false)),
);
report(
  'decimate a tenth of them, zoomed',
  median(() => pointsToDraw(x, y, { from: 4e5, to: 5e5 }, 1500, false)),
);
report(
  'check 50,000 events',
  median(() => hostMessage.parse(message)),
);
report(
  'add 50,000 events to the columns',
  median(() => extendSeries(emptySeries(), events)),
);
