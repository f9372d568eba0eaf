/**
 * LN-tuning a real model from the command to its end, alternating with Hugging Face Trainer:
 * `npm run bench -- --model DIR --data DIR [--rows 8000] [--seeds 1,2,3] [--threads N] [--what fp32,bf16] [--ours fp32,int8]`.
 * DIR of the data holds train.tsv (label, sentence) and dev.tsv (label, content). The peer runs in the Python that
 * PEFT_LAB_PYTHON names; `--what` lists the precisions of its runs, `--ours` our backbones. `npm run build` first.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { journalEvent } from '../extension/contract/journal.ts';

interface Outcome {
  readonly tokensPerSecond: number;
  readonly firstStepSeconds: number;
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
    seeds: { type: 'string', default: '1,2,3' },
    threads: { type: 'string', default: String(cpus().length) },
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

function ours(seed: string, backbone: string): Outcome {
  const config = path.join(scratch, 'bench.peft.yaml');
  const data = {
    train: { file: trainFile, text: 'sentence' },
    validation: { file: devFile, text: 'content' },
    max_length: 128,
  };
  const training = { epochs: 1, batch_size: 16, learning_rate: 3e-3, dropout: 0, keep_best: false, seed: Number(seed) };
  const whole = { model: modelFolder, task: 'classification', data, methods: 'ln-tuning', training, backbone };
  writeFileSync(config, JSON.stringify({ ...whole, threads: Number(given.threads) }));
  const runs = path.join(scratch, `ours-${backbone}-${seed}`);
  const started = Date.now();
  execFileSync(process.execPath, [path.join(root, 'bin/peft-lab.cjs'), 'train', config, '--runs', runs, '--json'], {
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const wholeSeconds = (Date.now() - started) / 1000;
  const journal = path.join(runs, readdirSync(runs)[0]!, 'journal.jsonl');
  const events = readFileSync(journal, 'utf8')
    .trim()
    .split('\n')
    .map((line) => journalEvent.parse(JSON.parse(line)));
  const progress = events.filter((event) => event.type === 'progress');
  const evaluation = events.findLast((event) => event.type === 'evaluation')!;
  const last = progress.at(-1)!;
  return {
    tokensPerSecond: last.tokens / last.elapsedSeconds,
    firstStepSeconds: (Date.parse(progress[0]!.time) - started) / 1000,
    accuracy: evaluation.metrics.accuracy!,
    loss: evaluation.metrics.loss!,
    peakMiB: Math.max(...progress.map(({ memoryBytes }) => memoryBytes ?? 0)) / 2 ** 20,
    wholeSeconds,
  };
}

function trainer(seed: string, precision: string): Outcome {
  const script = path.join(root, 'bench', 'sst2Trainer.py');
  const words = [script, modelFolder, trainFile, devFile, seed, precision, given.threads, path.join(scratch, 'out')];
  const started = Date.now();
  const output = execFileSync(python!, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const printed = JSON.parse(output.trim().split('\n').at(-1)!) as Omit<Outcome, 'wholeSeconds'>;
  return { ...printed, wholeSeconds: (Date.now() - started) / 1000 };
}

const words = (list: string): readonly string[] => list.split(',').filter((word) => word !== '');

const median = (numbers: readonly number[]): number => {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
};

try {
  const contenders: readonly (readonly [string, (seed: string) => Outcome])[] = [
    ...words(given.ours).map((backbone) => [`peft-lab ${backbone}`, (seed: string) => ours(seed, backbone)] as const),
    ...words(given.what).map(
      (precision) => [`Trainer ${precision}`, (seed: string) => trainer(seed, precision)] as const,
    ),
  ];
  const loadBefore = loadavg()[0];
  const outcomes = new Map<string, Outcome[]>(contenders.map(([name]) => [name, []]));
  for (const seed of given.seeds.split(',')) {
    for (const [name, run] of contenders) {
      const outcome = run(seed);
      outcomes.get(name)!.push(outcome);
      console.error(
        `seed ${seed} ${name}: ${outcome.wholeSeconds.toFixed(1)} s, accuracy ${outcome.accuracy.toFixed(4)}`,
      );
    }
  }
  const keys = ['tokensPerSecond', 'firstStepSeconds', 'wholeSeconds', 'peakMiB', 'accuracy', 'loss'] as const;
  console.log(`${'medians'.padEnd(16)} ${keys.map((key) => key.padStart(18)).join('')}`);
  for (const [name, list] of outcomes) {
    const cells = keys.map((key) =>
      median(list.map((outcome) => outcome[key]))
        .toFixed(3)
        .padStart(18),
    );
    console.log(`${name.padEnd(16)} ${cells.join('')}`);
  }
  const folder = path.join(root, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const result = { ...given, model: path.basename(modelFolder), data: undefined, cpu: cpus()[0]!.model, loadBefore };
  writeFileSync(
    path.join(folder, 'sst2.json'),
    `${JSON.stringify({ ...result, outcomes: Object.fromEntries(outcomes) }, null, 2)}\n`,
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
