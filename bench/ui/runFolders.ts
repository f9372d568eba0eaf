import { appendFileSync, mkdirSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { type JournalEvent, journalLine } from '../../extension/contract/journal.ts';
import { type ProcessRecord, type RunRecord, runFiles } from '../../extension/contract/run.ts';
import { writeJsonAtomic } from '../../extension/files/atomicFile.ts';
import { reduceSummary, type SummaryProgress, startSummary } from '../../extension/runs/journal/summary.ts';
import { saveSummary } from '../../extension/runs/journal/summaryFile.ts';
import { currentProcess } from '../../extension/runs/process/process.ts';
import { newRun } from '../../test/support/newRun.ts';

const methods = ['ln-tuning', 'bitfit', 'lora', 'prefix + adapter + ln-tuning', 'unified', 'head-only'];
const steps = 20;
const queued = 100;

/** A run folder that is worked in. */
export interface LiveRun {
  readonly folder: string;
  progress: SummaryProgress;
}

/**
 * So many runs, as trainers leave them: nearly all finished, some failed, a hundred waiting, and one that this process
 * holds, so that nothing starts.
 */
export async function makeRunFolders(runsFolder: string, count: number): Promise<LiveRun> {
  const here = await currentProcess();
  const gone = { ...here, pid: 2 ** 22 - 1, startTime: 'never', claimedAt: '2025-01-01T00:00:00.000Z' };
  const startMs = Date.UTC(2025, 0, 1);
  for (let index = 0; index < count - queued - 1; index++) {
    const createdMs = startMs + index * 60_000;
    const run = makeFolder(runsFolder, index, createdMs, gone);
    const isFailed = index % 40 === 0;
    tell(run, [
      ...story(createdMs, index, steps),
      isFailed
        ? { type: 'end', time: timeAt(createdMs, steps), state: 'failed', step: steps, message: 'loss became NaN' }
        : { type: 'end', time: timeAt(createdMs, steps), state: 'finished', step: steps },
    ]);
  }
  for (let index = count - queued - 1; index < count - 1; index++) {
    makeFolder(runsFolder, index, startMs + index * 60_000, undefined);
  }
  const live = makeFolder(runsFolder, count - 1, startMs + count * 60_000, {
    ...here,
    claimedAt: new Date().toISOString(),
  });
  tell(live, story(Date.now(), 0, 1));
  return live;
}

/** One step further, as a worker tells it. */
export function advance(live: LiveRun): void {
  const step = live.progress.summary.step + 1;
  tell(live, [progress(Date.now(), step, 0)]);
}

function makeFolder(runsFolder: string, index: number, createdMs: number, holder: ProcessRecord | undefined): LiveRun {
  const createdAt = new Date(createdMs).toISOString();
  const [date = '', clock = ''] = createdAt.replaceAll(/[-:Z]/g, '').split('T');
  const method = methods[index % methods.length]!;
  const slug = method.replaceAll(/[^a-z0-9]+/g, '-');
  const id = `${date}-${clock.replace('.', '-')}-${slug}-${index.toString(16).padStart(4, '0')}`;
  const folder = path.join(runsFolder, id);
  mkdirSync(folder, { recursive: true });
  const data = { train: { file: `data/reviews-${index % 7}/train.tsv` } };
  const content = newRun({
    methods: method,
    seed: index % 5,
    config: { data },
  });
  const record: RunRecord = { version: 1, id, createdAt, ...content };
  writeJsonAtomic(path.join(folder, runFiles.record), record, false);
  if (holder !== undefined) {
    const file = path.join(folder, runFiles.process);
    writeJsonAtomic(file, { ...holder, attempt: 1 }, false);
    utimesSync(file, new Date(createdMs), new Date(createdMs));
  }
  return { folder, progress: startSummary(createdAt) };
}

/** Appends to journal and summary. */
function tell(run: LiveRun, events: readonly JournalEvent[]): void {
  const journal = path.join(run.folder, runFiles.journal);
  appendFileSync(journal, events.map(journalLine).join(''));
  run.progress = events.reduce(reduceSummary, run.progress);
  const summary = { ...run.progress.summary, journalBytes: statSync(journal).size };
  saveSummary(run.folder, summary);
}

const timeAt = (startMs: number, second: number): string => new Date(startMs + second * 1000).toISOString();

const progress = (startMs: number, step: number, index: number): JournalEvent => ({
  type: 'progress',
  time: timeAt(startMs, step),
  step,
  totalSteps: 10_000,
  epoch: step / 10,
  loss: 0.4 + (index % 13) / 50 + 1 / step,
  learningRate: 1e-3,
  gradientNorm: 0.5,
  tokens: step * 1000,
  tokensPerSecond: 1000,
  elapsedSeconds: step,
});

function story(startMs: number, index: number, last: number): JournalEvent[] {
  const points = Array.from({ length: last }, (_, at) => progress(startMs, at + 1, index));
  const accuracy = 0.7 + (index % 200) / 1000;
  return [
    {
      type: 'hello',
      time: timeAt(startMs, 0),
      version: 1,
      run: 'run',
      pid: 1,
      codeVersion: '0.2.0',
      executor: 'onnx',
      device: 'cpu',
    },
    ...points,
    {
      type: 'evaluation',
      time: timeAt(startMs, last),
      step: last,
      epoch: last / 10,
      split: 'validation',
      metrics: { loss: 1 - accuracy, accuracy },
    },
  ];
}
