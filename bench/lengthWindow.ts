/**
 * What sorting rows by length costs and saves: LN-tuning with several values of `training.length_window`, on the sets that
 * `bench/publishedSets.ts` knows: `node scripts/run.mjs bench/lengthWindow.ts --model DIR --data DIR [--sets wnut17-1000,stsb]
 * [--windows 1,4,8,50] [--seeds 1,2,3,4,5] [--threads N] [--out lengthWindow]`. `npm run build` first. Results go to
 * bench/results/OUT.json after each run; what is there already is not run again.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type JournalEvent, journalEvent } from '../extension/contract/journal.ts';
import { rememberingRows } from '../extension/data/batches/runRows.ts';
import { Surveys } from '../extension/data/rows/surveys.ts';
import { workOfRun } from '../extension/estimate/work/workOfRun.ts';
import { readConfig } from '../extension/training/prepare/checkedConfig.ts';
import { type PublishedSet, publishedSets } from './publishedSets.ts';
import { writeResult } from './writeResult.ts';

interface Outcome {
  readonly set: string;
  readonly window: number;
  readonly seed: number;
  /** Of the validation rows, after the last step. */
  readonly metrics: Readonly<Record<string, number | null>>;
  /** Share of the computed tokens that are padding. */
  readonly padding: number;
  readonly trainSeconds: number;
}

const { values: given } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    sets: { type: 'string', default: Object.keys(publishedSets).join(',') },
    windows: { type: 'string', default: '1,4,8,50' },
    seeds: { type: 'string', default: '1,2,3,4,5' },
    threads: { type: 'string', default: String(cpus().length) },
    out: { type: 'string', default: 'lengthWindow' },
  },
});
if (!given.model || !given.data) throw new Error('bench: needs --model DIR and --data DIR; name both');
const root = fileURLToPath(new URL('..', import.meta.url));
const results = path.join(root, 'bench', 'results', `${given.out}.json`);
const scratch = mkdtempSync(path.join(tmpdir(), 'peft-lab-bench-'));
const words = (list: string): readonly string[] => list.split(',').filter((word) => word !== '');

const outcomes: Outcome[] = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')).outcomes : [];

/** Tokens of an epoch's batches. */
async function batchesOf(file: string): Promise<{ readonly tokens: number; readonly paddedTokens: number }> {
  const { config, methods } = await readConfig(file, []);
  const options = { environment: process.env, report: () => {}, readRows: rememberingRows(() => {}, new Surveys()) };
  return (await workOfRun(config!, methods, scratch, options)).trainingBatches;
}

async function run(name: string, set: PublishedSet, window: number, seed: number): Promise<Outcome> {
  const config = path.join(scratch, `${name}.peft.yaml`);
  const training = {
    learning_rate: 3e-3,
    head_learning_rate: 3e-3,
    epochs: set.epochs,
    dropout: 0,
    keep_best: false,
    length_window: window,
    seed,
  };
  const { task, data } = set;
  const whole = { model: path.resolve(given.model!), task, data, methods: 'ln-tuning', training, backbone: 'int8' };
  writeFileSync(config, JSON.stringify({ ...whole, threads: Number(given.threads) }));
  const command = [
    path.join(root, 'bin/peft-lab.cjs'),
    'train',
    config,
    '--runs',
    path.join(scratch, 'runs'),
    '--json',
  ];
  const { tokens, paddedTokens } = await batchesOf(config);
  const output = execFileSync(process.execPath, command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const events: JournalEvent[] = output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => journalEvent.parse(JSON.parse(line)));
  const { metrics } = events.findLast((event) => event.type === 'evaluation')!;
  const { elapsedSeconds } = events.findLast((event) => event.type === 'progress')!;
  return { set: name, window, seed, metrics, padding: 1 - tokens / paddedTokens, trainSeconds: elapsedSeconds };
}

try {
  for (const seed of words(given.seeds).map(Number)) {
    for (const name of words(given.sets)) {
      const set = publishedSets[name];
      if (!set) throw new Error(`--sets: must be among ${Object.keys(publishedSets).join(', ')}, got ${name}`);
      const written = set(path.resolve(given.data), path.join(scratch, name));
      for (const window of words(given.windows).map(Number)) {
        const isDone = outcomes.some((one) => one.set === name && one.window === window && one.seed === seed);
        if (isDone) continue;
        const outcome = await run(name, written, window, seed);
        outcomes.push(outcome);
        writeResult(given.out, { model: path.basename(given.model), outcomes });
        console.error(`${name}, window ${window}, seed ${seed}: ${JSON.stringify(outcome.metrics)}`);
      }
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
