/**
 * A sweep of 1,000 runs that all lie on disk: processor time to check it, to tell how far it is, to read its runs as a window that
 * opens does, and to make the explorer's rows of them. `npm run bench:sweep:large`.
 */
import { appendFileSync, cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSweep, sweepContent } from '../extension/cli/sweeps/openSweep.ts';
import { storedSweep } from '../extension/cli/sweeps/storedSweep.ts';
import { viewOfSweep } from '../extension/cli/sweeps/viewOfSweep.ts';
import { type JournalEvent, journalLine } from '../extension/contract/journal.ts';
import { runFiles } from '../extension/contract/run.ts';
import type { Sweep } from '../extension/experiments/file/sweep.ts';
import { resultRuns, type SweepPlan, type Variant } from '../extension/experiments/plan/planSweep.ts';
import { armDescription, sweepDescription } from '../extension/host/explorer/sweepRows.ts';
import { RunWatch } from '../extension/host/runs/runWatch.ts';
import { viewOf } from '../extension/host/runs/sweepViews.ts';
import { RunStore } from '../extension/runs/folder/store.ts';
import { createSweep, variantRunId } from '../extension/runs/folder/sweepFolder.ts';
import { reduceSummary, startSummary } from '../extension/runs/journal/summary.ts';
import { saveSummary } from '../extension/runs/journal/summaryFile.ts';
import { checkSweep } from '../extension/training/prepare/sweepOnDisk.ts';
import { newRun } from '../test/support/newRun.ts';
import { writeResult } from './writeResult.ts';

/** 5 arms × (45 values × 4 seeds + 20 seeds) = 1,000 runs. */
const text = `experiment: reviews.peft.yaml
methods: [ln-tuning, bitfit, lora, ia3, head-only]
tune:
  training.learning_rate: {from: 1e-5, to: 1e-1, scale: log, count: 45}
  seeds: 4
seeds: 20
`;
const rounds = 7;

const folder = mkdtempSync(path.join(tmpdir(), 'large-sweep-'));
try {
  cpSync(fileURLToPath(new URL('../examples/', import.meta.url)), folder, { recursive: true });
  const file = path.join(folder, 'large.sweep.yaml');
  writeFileSync(file, text);
  const { texts, problems } = await checkSweep(file);
  if (texts === undefined) throw new Error(JSON.stringify(problems));
  const planned = openSweep(texts);
  const store = new RunStore(path.join(folder, 'runs'));
  const sweepFolder = createSweep(store.folder, sweepContent(texts, planned));
  const stored = storedSweep(store, sweepFolder);
  for (const variant of variantsOf(planned)) writeRun(store, path.basename(sweepFolder), variant, planned.plan);

  const measured = {
    'sweep check': await medianMs(() => checkSweep(file)),
    'sweep status': await medianMs(async () => {
      const again = storedSweep(new RunStore(store.folder), sweepFolder);
      const { finished, total } = await viewOfSweep(again, false);
      if (finished !== 1000 || total !== 1000) throw new Error(`must be whole, got ${finished} of ${total}`);
    }),
    'explorer, runs read': await medianMs(async () => void (await readAll(store.folder))),
    'explorer, rows': await (async () => {
      const runs = new Map((await readAll(store.folder)).runs.map((run) => [run.record.sweep!.index, run]));
      return await medianMs(async () => {
        const view = await viewOf(sweepFolder, stored.record, runs, false);
        const listed = { record: stored.record, runs, view, verdict: undefined };
        sweepDescription(listed);
        for (const cell of view!.cells.keys()) armDescription(listed, cell);
      });
    })(),
  };
  for (const [what, ms] of Object.entries(measured)) console.log(`${what}: ${ms} ms of processor time`);
  writeResult('largeSweep', { runs: 1000, processorMs: measured });
} finally {
  rmSync(folder, { recursive: true });
}

/** All of them, the values that were chosen being the first of each arm. */
function variantsOf({ sweep, plan }: { readonly sweep: Sweep; readonly plan: SweepPlan }): readonly Variant[] {
  const chosen = new Map(plan.cells.map((_, cell) => [cell, 0]));
  return [...plan.tuningRuns, ...resultRuns(sweep, plan, chosen)];
}

/** A finished run as a trainer leaves it; of each arm's values the first is the best. */
function writeRun(store: RunStore, sweep: string, { index, stage, cell, point, seed }: Variant, plan: SweepPlan): void {
  const { arm, experiment } = plan.cells[cell]!;
  const content = newRun({ seed, sweep: { id: sweep, index, stage, arm: arm.name, experiment: experiment.file } });
  const run = store.create(content, undefined, variantRunId(sweep, index));
  const time = '2026-01-01T00:00:00.000Z';
  const accuracy = 0.9 - 0.01 * point + 0.001 * (seed % 7);
  const events: readonly JournalEvent[] = [
    { type: 'hello', time, version: 1, run: run.id, pid: 1, codeVersion: '0', executor: 'onnx', device: 'cpu' },
    { type: 'evaluation', time, step: 20, epoch: 1, split: 'validation', metrics: { loss: 1 - accuracy, accuracy } },
    { type: 'end', time, state: 'finished', step: 20 },
  ];
  const journal = path.join(run.folder, runFiles.journal);
  appendFileSync(journal, events.map(journalLine).join(''));
  const { summary } = events.reduce(reduceSummary, startSummary(time));
  saveSummary(run.folder, { ...summary, journalBytes: statSync(journal).size });
}

async function readAll(runsFolder: string): Promise<RunWatch> {
  const watch = new RunWatch(runsFolder, { onChange: () => {}, onError: (error) => console.error(error) });
  await watch.refresh();
  watch.close();
  return watch;
}

/** Processor time of this process, the median of rounds after the first. */
async function medianMs(act: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const before = process.cpuUsage();
    await act();
    const { user, system } = process.cpuUsage(before);
    if (round > 0) times.push(Math.round((user + system) / 1000));
  }
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)]!;
}
