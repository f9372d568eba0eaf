/**
 * A sweep, the same runs as separate commands, and as runs of Hugging Face Trainer: 4 methods × 3 rates × 3 seeds.
 * `npm run bench:sweep -- --model DIR --data DIR [--rows 2000] [--methods ln-tuning,bitfit,lora,unified]
 * [--rates 1e-3,3e-3,1e-2] [--seeds 1,2,3] [--backbone int8] [--precision bf16] [--at-once N] [--every 1] [--few 20]
 * [--out sweep]`. DIR of the data holds train.tsv and dev.tsv as in the other benches. The peer runs in the Python that
 * PEFT_LAB_PYTHON names (with peft, for lora; rows grouped by length); without it only ours. `npm run build` first.
 *
 * Separate commands and Trainer take turns, run by run. With `--every 3` only each third run is run by itself, and their time counts
 * three times: every method at every rate with one seed each, in turn. Then `--few` runs of head-only and of the upper quarter's
 * norms as a sweep, beside one run alone; a quarter of the blocks is rounded down and up. The bits of both of ours must be
 * equal. Results go to bench/results/OUT.json.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readModelConfig } from '../extension/checkpoint/modelConfig.ts';
import { foldersIn, peakMiB, tunedIn } from './trainedRuns.ts';
import { writeResult } from './writeResult.ts';

const { values: given } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    rows: { type: 'string', default: '2000' },
    methods: { type: 'string', default: 'ln-tuning,bitfit,lora,unified' },
    rates: { type: 'string', default: '1e-3,3e-3,1e-2' },
    seeds: { type: 'string', default: '1,2,3' },
    backbone: { type: 'string', default: 'int8' },
    precision: { type: 'string', default: 'bf16' },
    'at-once': { type: 'string' },
    every: { type: 'string', default: '1' },
    few: { type: 'string', default: '20' },
    out: { type: 'string', default: 'sweep' },
  },
});
if (!given.model || !given.data) throw new Error('bench: needs --model DIR and --data DIR; name both');
const python = process.env.PEFT_LAB_PYTHON;
const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(path.join(tmpdir(), 'peft-lab-bench-'));
const model = path.resolve(given.model);
const trainFile = path.join(scratch, 'train.tsv');
const devFile = path.resolve(given.data, 'dev.tsv');
const lines = readFileSync(path.join(given.data, 'train.tsv'), 'utf8').split('\n');
writeFileSync(trainFile, `${lines.slice(0, Number(given.rows) + 1).join('\n')}\n`);
const words = (list: string): readonly string[] => list.split(',').filter((word) => word !== '');
const [methods, rates, seeds] = [words(given.methods), words(given.rates).map(Number), words(given.seeds).map(Number)];

interface Variant {
  readonly method: string;
  readonly rate: number;
  readonly seed: number;
}
const variants: readonly Variant[] = methods.flatMap((method) =>
  rates.flatMap((rate) => seeds.map((seed) => ({ method, rate, seed }))),
);

/** The head's rate is the method's, as the peer's is. */
function configOf({ method, rate, seed }: Variant): object {
  const data = {
    train: { file: trainFile, text: 'sentence' },
    validation: { file: devFile, text: 'content' },
    max_length: 128,
  };
  const training = { epochs: 1, batch_size: 16, dropout: 0, keep_best: false, learning_rate: rate, seed };
  return { model, task: 'classification', data, methods: method, training, backbone: given.backbone };
}

function writeJson(name: string, value: object): string {
  const file = path.join(scratch, name);
  writeFileSync(file, JSON.stringify(value));
  return file;
}

function peftLab(...command: readonly string[]): void {
  execFileSync(process.execPath, [path.join(root, 'bin/peft-lab.cjs'), ...command], { stdio: 'ignore', cwd: scratch });
}

function secondsOf(action: () => void): number {
  const started = performance.now();
  action();
  return (performance.now() - started) / 1000;
}

/** What each run has tuned, by its config. */
const tunedRuns = (folders: readonly string[]): ReadonlyMap<string, Buffer> =>
  new Map(
    folders.map((folder) => {
      const run = JSON.parse(readFileSync(path.join(folder, 'run.json'), 'utf8')) as { config: object };
      return [JSON.stringify(run.config), tunedIn(folder)] as const;
    }),
  );

/** Runs of a sweep: seconds and run folders. */
function asSweep(name: string, sweep: object): { readonly seconds: number; readonly folders: readonly string[] } {
  const runs = path.join(scratch, `${name}-runs`);
  writeJson('bench.peft.yaml', configOf(variants[0]!));
  const where = given['at-once'] === undefined ? {} : { where: { at_once: Number(given['at-once']) } };
  const file = writeJson(`${name}.sweep.yaml`, { experiment: 'bench.peft.yaml', ...where, ...sweep });
  const seconds = secondsOf(() => peftLab('sweep', 'start', file, '--runs', runs));
  return { seconds, folders: foldersIn(runs) };
}

const apartRuns = path.join(scratch, 'apart');
function asCommand(variant: Variant): number {
  const config = writeJson('apart.peft.yaml', configOf(variant));
  return secondsOf(() => peftLab('train', config, '--runs', apartRuns, '--json'));
}

function asTrainer({ method, rate, seed }: Variant): number {
  const files = [model, trainFile, devFile];
  const rest = [
    String(seed),
    given.precision,
    String(cpus().length),
    path.join(scratch, 'out'),
    method,
    String(rate),
    '0',
  ];
  const command = [path.join(root, 'bench', 'sst2Trainer.py'), ...files, ...rest];
  return secondsOf(() => void execFileSync(python!, command, { stdio: ['ignore', 'ignore', 'ignore'] }));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Many runs of one cheap method as a sweep, beside one alone. */
function few(name: string, methods: unknown): { readonly one: number; readonly all: number; readonly ratio: number } {
  const list = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i + 1);
  const grid = { 'training.learning_rate': [1e-3, 3e-3] };
  const config = writeJson('few.peft.yaml', { ...configOf(variants[0]!), methods: [methods].flat() });
  const one = secondsOf(() => peftLab('train', config, '--runs', path.join(scratch, `${name}-one`), '--json'));
  const all = asSweep(`${name}-all`, {
    methods: [{ [`many-${name}`]: [methods].flat() }],
    grid,
    seeds: list(Number(given.few) / 2),
  }).seconds;
  console.log(
    `${name}: one ${one.toFixed(1)} s, ${given.few} runs ${all.toFixed(1)} s, ${(all / one).toFixed(2)} times`,
  );
  return { one, all, ratio: all / one };
}

try {
  const loadBefore = loadavg()[0];
  const sweep = asSweep('all', { methods, grid: { 'training.learning_rate': rates }, seeds });
  console.log(`${variants.length} runs as a sweep: ${sweep.seconds.toFixed(1)} s`);
  const apart: number[] = [];
  const trainer: number[] = [];
  const every = Number(given.every);
  // One of the seeds of each method and rate, where seeds are as many as are left out.
  const chosen = variants.filter((_, i) => (i + Math.floor(i / every)) % every === 0);
  for (const variant of chosen) {
    apart.push(asCommand(variant));
    if (python) trainer.push(asTrainer(variant));
    const { method, rate, seed } = variant;
    const peer = python ? `, Trainer ${trainer.at(-1)!.toFixed(1)} s` : '';
    console.log(`${method} ${rate} seed ${seed}: one command ${apart.at(-1)!.toFixed(1)} s${peer}`);
  }
  const folders = foldersIn(apartRuns);
  const [together, alone] = [tunedRuns(sweep.folders), tunedRuns(folders)];
  const isEqual = alone.size === chosen.length && [...alone].every(([key, bytes]) => together.get(key)?.equals(bytes));
  if (!isEqual) process.exitCode = 1;
  /** Seconds of all runs. */
  const whole = (list: readonly number[]): number => (sum(list) * variants.length) / chosen.length;
  const against = (list: readonly number[]): string =>
    `${whole(list).toFixed(1)} s, ${(sweep.seconds / whole(list)).toFixed(2)}`;
  console.log(`sweep / separate commands: ${against(apart)}; ${isEqual ? 'equal bits' : 'OTHER BITS'}`);
  if (python) console.log(`sweep / Trainer ${given.precision}: ${against(trainer)}`);
  const { layers } = (await readModelConfig(model)).dimensions;
  const blocks = [...new Set([Math.max(1, Math.floor(layers / 4)), Math.ceil(layers / 4)])];
  const uppers = blocks.map((count) => {
    const upper = Array.from({ length: count }, (_, i) => layers - 1 - i);
    const name = `upper-${count}-of-${layers}`;
    return [name, few(name, [{ 'ln-tuning': { layers: upper } }])] as const;
  });
  const cheap = { 'head-only': few('head-only', 'head-only'), ...Object.fromEntries(uppers) };
  const { rows, backbone, precision } = given;
  writeResult(given.out, {
    loadBefore,
    ...{ model: path.basename(model), rows, backbone, precision, runs: variants.length, every, isEqual },
    seconds: { sweep: sweep.seconds, separate: whole(apart), trainer: python ? whole(trainer) : null },
    each: chosen.map((variant, i) => ({ ...variant, separate: apart[i], trainer: trainer[i] })),
    peakMiB: { sweep: peakMiB(sweep.folders), separate: peakMiB(folders) },
    cheap,
  });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
