/**
 * Tuning a real model from the command to its end, alternating with Hugging Face Trainer:
 * `npm run bench -- --model DIR --data DIR [--rows 8000] [--seeds 1,2,3,4,5] [--threads N] [--methods ln-tuning]
 * [--dropout 0] [--what fp32,bf16] [--ours fp32,int8] [--out sst2]`. DIR of the data holds train.tsv (label, sentence)
 * and dev.tsv (label, content). The peer runs in the Python that PEFT_LAB_PYTHON names (with peft, for lora); `--what`
 * lists the precisions of its runs, `--ours` our backbones. `npm run build` first. Peak memory is the system's own figure
 * of the process that trains (Linux). Results go to bench/results/OUT.json.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from './median.ts';
import { lastLineOf, trainCommand } from './trainCommand.ts';
import { writeResult } from './writeResult.ts';

interface Outcome {
  readonly tokensPerSecond: number;
  readonly firstStepSeconds: number;
  /** The 872 rows of the validation file, after training. */
  readonly evaluationSeconds: number;
  readonly accuracy: number;
  readonly loss: number;
  readonly peakMiB: number;
  readonly wholeSeconds: number;
}

const { values: given } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    rows: { type: 'string', default: '8000' },
    seeds: { type: 'string', default: '1,2,3,4,5' },
    threads: { type: 'string', default: String(cpus().length) },
    methods: { type: 'string', default: 'ln-tuning' },
    dropout: { type: 'string', default: '0' },
    out: { type: 'string', default: 'sst2' },
    what: { type: 'string', default: 'fp32,bf16' },
    ours: { type: 'string', default: 'fp32,int8' },
  },
});
const python = process.env.PEFT_LAB_PYTHON;
if (!given.model || !given.data || !python) {
  throw new Error('bench: needs --model DIR, --data DIR and PEFT_LAB_PYTHON; name all three');
}
const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(path.join(tmpdir(), 'peft-lab-bench-'));
const modelFolder = path.resolve(given.model);
const trainFile = path.join(scratch, 'train.tsv');
const devFile = path.resolve(given.data, 'dev.tsv');
const lines = readFileSync(path.join(given.data, 'train.tsv'), 'utf8').split('\n');
writeFileSync(trainFile, `${lines.slice(0, Number(given.rows) + 1).join('\n')}\n`);

/** The same rate for both sides: what suits the method on a model of this size. */
const learningRates: Readonly<Record<string, number>> = {
  'ln-tuning': 3e-3,
  bitfit: 3e-3,
  lora: 1e-3,
  unified: 3e-3,
  full: 1e-4,
};

async function ours(method: string, seed: string, backbone: string): Promise<Outcome> {
  const config = path.join(scratch, 'bench.peft.yaml');
  const data = {
    train: { file: trainFile, text: 'sentence' },
    validation: { file: devFile, text: 'content' },
    max_length: 128,
  };
  const rates = { learning_rate: learningRates[method], head_learning_rate: learningRates[method] };
  const rest = { epochs: 1, batch_size: 16, dropout: Number(given.dropout), keep_best: false, seed: Number(seed) };
  const training = { ...rates, ...rest };
  const whole = { model: modelFolder, task: 'classification', data, methods: method, training, backbone };
  writeFileSync(config, JSON.stringify({ ...whole, threads: Number(given.threads) }));
  const runs = path.join(scratch, `ours-${method}-${backbone}-${seed}`);
  const { events, startedMs, wholeSeconds, peakBytes } = await trainCommand(config, runs);
  const progress = events.filter((event) => event.type === 'progress');
  const evaluation = events.findLast((event) => event.type === 'evaluation')!;
  const last = progress.at(-1)!;
  return {
    tokensPerSecond: last.tokens / last.elapsedSeconds,
    firstStepSeconds: (Date.parse(progress[0]!.time) - startedMs) / 1000,
    evaluationSeconds: evaluation.seconds!,
    accuracy: evaluation.metrics.accuracy!,
    loss: evaluation.metrics.loss!,
    peakMiB: peakBytes / 2 ** 20,
    wholeSeconds,
  };
}

function trainer(method: string, seed: string, precision: string): Outcome {
  const script = path.join(root, 'bench', 'sst2Trainer.py');
  const files = [modelFolder, trainFile, devFile];
  const rate = String(learningRates[method]);
  const rest = [seed, precision, given.threads, path.join(scratch, 'out'), method, rate, given.dropout];
  const started = Date.now();
  const printed = JSON.parse(lastLineOf(python!, [script, ...files, ...rest])) as Omit<Outcome, 'wholeSeconds'>;
  return { ...printed, wholeSeconds: (Date.now() - started) / 1000 };
}

const words = (list: string): readonly string[] => list.split(',').filter((word) => word !== '');
const seeds = words(given.seeds);
const rates = ['tokensPerSecond', 'firstStepSeconds', 'wholeSeconds', 'evaluationSeconds', 'peakMiB'] as const;
const keys = [...rates, 'accuracy', 'loss'] as const;
type Key = (typeof keys)[number];

const medianOf = (list: readonly Outcome[], key: Key): number => median(list.map((outcome) => outcome[key]));

/** Two-sided 97.5 % points of Student's t for 1 … 9 degrees of freedom. */
const studentT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/** Mean of a − b over the same seeds, with its 95 % interval where there is more than one. */
function paired(a: readonly Outcome[], b: readonly Outcome[], key: Key): string {
  const differences = a.map((outcome, i) => outcome[key] - b[i]![key]);
  const mean = differences.reduce((sum, one) => sum + one, 0) / differences.length;
  const degrees = differences.length - 1;
  const signed = `${mean < 0 ? '−' : '+'}${Math.abs(mean).toFixed(4)}`;
  const t = studentT[degrees - 1];
  if (t === undefined) return signed;
  const variance = differences.reduce((sum, one) => sum + (one - mean) ** 2, 0) / degrees;
  return `${signed} ± ${(t * Math.sqrt(variance / differences.length)).toFixed(4)}`;
}

/** Every contender once a seed, in turn. */
async function alternate(method: string): Promise<ReadonlyMap<string, readonly Outcome[]>> {
  const contenders = new Map<string, (seed: string) => Promise<Outcome> | Outcome>([
    ...words(given.ours).map((kind) => [`peft-lab ${kind}`, (seed: string) => ours(method, seed, kind)] as const),
    ...words(given.what).map((kind) => [`Trainer ${kind}`, (seed: string) => trainer(method, seed, kind)] as const),
  ]);
  const outcomes = new Map<string, Outcome[]>([...contenders.keys()].map((name) => [name, []]));
  for (const seed of seeds) {
    for (const [name, run] of contenders) {
      const outcome = await run(seed);
      outcomes.get(name)!.push(outcome);
      const [seconds, accuracy] = [outcome.wholeSeconds.toFixed(1), outcome.accuracy.toFixed(4)];
      console.error(`${method}, seed ${seed}, ${name}: ${seconds} s, accuracy ${accuracy}`);
    }
  }
  return outcomes;
}

function print(method: string, outcomes: ReadonlyMap<string, readonly Outcome[]>): void {
  console.log(`\n${method.padEnd(16)} ${keys.map((key) => key.padStart(18)).join('')}`);
  for (const [name, list] of outcomes) {
    console.log(`${name.padEnd(16)} ${keys.map((key) => medianOf(list, key).toFixed(3).padStart(18)).join('')}`);
  }
  const all = [...outcomes];
  const of = (maker: string) => all.filter(([name]) => name.startsWith(maker));
  for (const [name, list] of of('peft-lab')) {
    for (const [peer, theirs] of of('Trainer')) {
      const ratio = (key: Key) => (medianOf(list, key) / medianOf(theirs, key)).toFixed(2);
      const differences = `accuracy ${paired(list, theirs, 'accuracy')}, loss ${paired(list, theirs, 'loss')}`;
      const ratios = rates.map((key) => `${key} ${ratio(key)}`);
      console.log(`${name} / ${peer}: ${ratios.join(', ')}; minus: ${differences}`);
    }
  }
  const [fp32, int8] = [outcomes.get('peft-lab fp32'), outcomes.get('peft-lab int8')];
  if (fp32 && int8) console.log(`int8 minus fp32: accuracy ${paired(int8, fp32, 'accuracy')}`);
}

try {
  const loadBefore = loadavg()[0];
  const results: Record<string, Readonly<Record<string, readonly Outcome[]>>> = {};
  for (const method of words(given.methods)) {
    const outcomes = await alternate(method);
    print(method, outcomes);
    results[method] = Object.fromEntries(outcomes);
  }
  const { rows, dropout, threads } = given;
  const setting = { model: path.basename(modelFolder), rows, dropout, threads, seeds };
  writeResult(given.out, { loadBefore, ...setting, results });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
