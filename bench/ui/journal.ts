import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type JournalEvent, journalLine } from '../../extension/contract/journal.ts';
import { JournalTail } from '../../extension/runs/journal/journalTail.ts';
import { emptySeries, extendSeries } from '../../extension/view/series.ts';
import { type Figure, rate, time } from './figures.ts';

const rounds = 5;
const burst = 50_000;
/** As many as a journal may hold. */
const whole = 250_000;

/** Appends what it reads from its standard input to a file, in fifty pieces spread over a second. */
const writer = `
const { appendFileSync, readFileSync } = require('node:fs');
const lines = readFileSync(0, 'utf8').split(/(?<=\\n)/);
const size = Math.ceil(lines.length / 50);
let at = 0;
const timer = setInterval(() => {
  appendFileSync(process.argv[1], lines.slice(at, at + size).join(''));
  at += size;
  if (at < lines.length) return;
  clearInterval(timer);
  process.stdout.write(String(performance.timeOrigin + performance.now()));
}, 20);
`;

function event(step: number): JournalEvent {
  return {
    type: 'progress',
    time: '2026-03-01T09:00:00.000Z',
    step,
    totalSteps: whole,
    epoch: step / whole,
    loss: 0.4 + 0.1 * Math.sin(step),
    learningRate: 1e-3,
    gradientNorm: 1.25,
    tokens: step * 370,
    tokensPerSecond: 3000,
    elapsedSeconds: step / 10,
  };
}

/** How fast journals are tailed into a dashboard's columns. */
export async function journalRates(): Promise<{ facts: Record<string, string>; figures: readonly Figure[] }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'peft-lab-bench-'));
  const lines = Array.from({ length: whole }, (_, index) => journalLine(event(index + 1)));
  const text = lines.join('');
  const [read, lag, pauses]: [number[], number[], number[]] = [[], [], []];
  try {
    for (let round = 0; round < rounds; round++) {
      const file = path.join(folder, `whole-${round}.jsonl`);
      writeFileSync(file, text);
      const started = performance.now();
      const told = await follow(file, whole, async () => {});
      read.push((1000 * whole) / (told.at - started));
    }
    for (let round = 0; round < rounds; round++) {
      const file = path.join(folder, `burst-${round}.jsonl`);
      writeFileSync(file, '');
      let written = 0;
      const told = await follow(file, burst, async () => {
        written = (await write(file, lines.slice(0, burst).join(''))) - performance.timeOrigin;
      });
      lag.push(Math.max(0, told.at - written));
      pauses.push(told.longestPauseMs);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const figures = [
    rate(`a journal of ${whole.toLocaleString('en')} events, checked and in columns`, read, burst),
    time(`${burst.toLocaleString('en')} events in a second: last one written → in columns`, lag, 1000),
    time('the same: longest time in which the host could not answer', pauses),
  ];
  return { facts: { events: `${Math.round(text.length / whole)} bytes each` }, figures };
}

/** Resolves with the time of the last of so many events; pauses are gaps between turns of this event loop. */
async function follow(file: string, count: number, meanwhile: () => Promise<void>) {
  let series = emptySeries();
  let longestPauseMs = 0;
  let last = performance.now();
  const pulse = setInterval(() => {
    const now = performance.now();
    longestPauseMs = Math.max(longestPauseMs, now - last);
    last = now;
  }, 1);
  const done = new Promise<number>((resolve, reject) => {
    const tail = new JournalTail(file, {
      onEvents: (events) => {
        series = extendSeries(series, events);
        if (series.progress.step.length < count) return;
        tail.close();
        resolve(performance.now());
      },
      onError: reject,
    });
    tail.start();
  });
  await meanwhile();
  const at = await done;
  clearInterval(pulse);
  return { at, longestPauseMs };
}

/** @returns when the last event was written, in milliseconds since 1970 */
function write(file: string, text: string): Promise<number> {
  const child = spawn(process.execPath, ['-e', writer, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(text);
  let told = '';
  child.stdout.on('data', (chunk) => {
    told += String(chunk);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(Number(told)) : reject(new Error(`writer: exit code ${code}`)),
    );
  });
}
