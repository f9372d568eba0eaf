/**
 * Tuning SmolLM2 from the command to its end, alternating with Hugging Face on the same batches:
 * `npm run build`, then `node scripts/run.mjs bench/decoder.ts --model FOLDER --data E2E.csv [--quick] [--rows 480]
 * [--methods ln-tuning,lora,prefix,unified] [--ours fp32,int8] [--peer fp32,bf16] [--threads N] [--out decoder]`.
 * FOLDER is what bench/smolLm2.py writes; the data have E2E's columns `mr` and `ref`. The peer is a loop as Trainer's
 * around transformers and peft, in the Python that PEFT_LAB_PYTHON names. `--quick` takes 96 rows. Peak memory is the
 * system's own figure of the process that trains (Linux). Our caches begin empty: the first int8 run has to measure
 * channels and make bytes, a last one of the same config finds them. Results go to
 * bench/results/OUT.json.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';
import { epochBatches, sortedBatches } from '../extension/data/batches/batches.ts';
import { loadTokenizer } from '../extension/data/tokenizer/tokenizer.ts';
import { findTask } from '../extension/tasks/registry.ts';
import { median } from './median.ts';
import { lastLineOf, trainCommand } from './trainCommand.ts';
import { writeResult } from './writeResult.ts';

interface Outcome {
  /** Median, without the first step. */
  readonly stepSeconds: number;
  /** From the command to the end of the first step. */
  readonly firstStepSeconds: number;
  readonly wholeSeconds: number;
  readonly peakMiB: number;
  /** Mean over the labelled tokens of the validation rows, after the epoch. */
  readonly loss: number;
  readonly stepLosses: readonly number[];
}

const { values: given } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    quick: { type: 'boolean', default: false },
    rows: { type: 'string', default: '480' },
    batch: { type: 'string', default: '8' },
    methods: { type: 'string', default: 'ln-tuning,lora,prefix,unified' },
    ours: { type: 'string', default: 'fp32,int8' },
    peer: { type: 'string', default: 'fp32,bf16' },
    threads: { type: 'string', default: String(cpus().length) },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: 'decoder' },
  },
});
const python = process.env.PEFT_LAB_PYTHON;
if (!given.model || !given.data || !python) {
  throw new Error('bench/decoder: needs --model FOLDER, --data E2E.csv and PEFT_LAB_PYTHON; name all three');
}
const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(path.join(tmpdir(), 'peft-lab-bench-'));
const modelFolder = path.resolve(given.model);
const [trainRows, batchSize, seed] = [given.quick ? 96 : Number(given.rows), Number(given.batch), Number(given.seed)];
const validationRows = given.quick ? 32 : 128;

/** A prefix starts near nothing on both sides. */
const methodsOf: Readonly<Record<string, unknown>> = {
  prefix: { prefix: { init_std: 0.02 } },
  unified: { unified: { prefix: { init_std: 0.02 } } },
};

/** The same rate for both sides. */
const learningRates: Readonly<Record<string, number>> = { 'ln-tuning': 3e-3, lora: 1e-3, prefix: 1e-2, unified: 3e-3 };

/** Every nth row, so that meanings of all lengths are there: train.jsonl and validation.jsonl. */
function writeRows(): { readonly train: string; readonly validation: string } {
  const rows = parse(readFileSync(given.data!), { columns: true, bom: true }) as { mr: string; ref: string }[];
  const wanted = trainRows + validationRows;
  const every = Math.floor(rows.length / wanted);
  if (every === 0) throw new Error(`${given.data}: must have ${wanted} rows, got ${rows.length}; take fewer --rows`);
  const picked = Array.from({ length: wanted }, (_, i) => rows[i * every]!);
  const isValidation = (i: number) => i % Math.ceil(wanted / validationRows) === 0;
  const write = (name: string, keep: (i: number) => boolean) => {
    const file = path.join(scratch, `${name}.jsonl`);
    const lines = picked.filter((_, i) => keep(i)).map(({ mr, ref }) => JSON.stringify({ mr, ref }));
    writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  };
  return { train: write('train', (i) => !isValidation(i)), validation: write('validation', isValidation) };
}

const task = findTask('completion');
const columns = { prompt: 'mr', completion: 'ref' };
const maxLength = 512;

/** The very batches that our runs compute, as tokens and labels, for the peer. */
async function writeBatches(files: { readonly train: string; readonly validation: string }): Promise<string> {
  const tokenizer = await loadTokenizer(modelFolder);
  const read = (file: string) =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line, i) => {
        const row = { file, line: i + 1, cells: JSON.parse(line) };
        const { inputIds, target } = task.encode(row, columns, tokenizer, {
          labels: { kind: 'none' } as never,
          maxLength,
        });
        return { ids: [...inputIds], labels: [...target] };
      });
  const batchesOf = (rows: ReturnType<typeof read>, order: readonly (readonly number[])[]) =>
    order.map((batch) => batch.map((row) => rows[row]!));
  const [train, validation] = [read(files.train), read(files.validation)];
  const members = (rows: readonly unknown[]) => [...rows.keys()];
  const batching = { batchSize, seed, lengthWindow: task.lengthWindow, epoch: 0 };
  const file = path.join(scratch, 'batches.json');
  writeFileSync(
    file,
    JSON.stringify({
      train: batchesOf(
        train,
        epochBatches(members(train), (row) => train[row]!.ids.length, batching),
      ),
      validation: batchesOf(
        validation,
        sortedBatches(members(validation), (row) => validation[row]!.ids.length, batchSize),
      ),
    }),
  );
  return file;
}

const training = {
  batch_size: batchSize,
  epochs: 1,
  warmup_ratio: 0.06,
  weight_decay: 0,
  max_grad_norm: 1,
  dropout: 0,
};

async function ours(
  files: { readonly train: string; readonly validation: string },
  method: string,
  backbone: string,
): Promise<Outcome> {
  const config = path.join(scratch, 'bench.peft.yaml');
  const data = { ...files, ...columns, max_length: maxLength };
  const whole = {
    model: modelFolder,
    task: task.name,
    data,
    methods: methodsOf[method] ?? method,
    backbone,
    threads: Number(given.threads),
  };
  const rest = { ...training, learning_rate: learningRates[method], keep_best: false, seed };
  writeFileSync(config, JSON.stringify({ ...whole, training: rest }));
  const runs = mkdtempSync(path.join(scratch, 'runs-'));
  const { events, startedMs, wholeSeconds, peakBytes } = await trainCommand(config, runs, {
    environment: { PEFT_LAB_CACHE: path.join(scratch, 'cache') },
    onEvent(event) {
      if (event.type === 'warning' || (event.type === 'note' && event.code === 'backbone'))
        console.error(event.message);
    },
  });
  const steps = events.filter((event) => event.type === 'progress');
  const seconds = steps.slice(1).map(({ elapsedSeconds }, i) => elapsedSeconds - steps[i]!.elapsedSeconds);
  return {
    stepSeconds: median(seconds),
    firstStepSeconds: (Date.parse(steps[0]!.time) - startedMs) / 1000,
    wholeSeconds,
    peakMiB: peakBytes / 2 ** 20,
    loss: events.findLast((event) => event.type === 'evaluation')!.metrics.loss!,
    stepLosses: steps.map(({ loss }) => loss),
  };
}

function theirs(batches: string, method: string, precision: string): Outcome {
  const started = Date.now();
  const rate = String(learningRates[method]);
  const words = [
    path.join(root, 'bench/decoderTorch.py'),
    modelFolder,
    batches,
    method,
    precision,
    given.threads,
    rate,
  ];
  const last = lastLineOf(python!, [...words, given.seed, String(training.warmup_ratio), String(started)]);
  const { stepSeconds, ...rest } = JSON.parse(last) as Omit<Outcome, 'stepSeconds'> & { stepSeconds: number[] };
  return { ...rest, stepSeconds: median(stepSeconds.slice(1)), wholeSeconds: (Date.now() - started) / 1000 };
}

const words = (list: string): readonly string[] => list.split(',').filter((word) => word !== '');

function print(method: string, outcomes: ReadonlyMap<string, Outcome>): void {
  console.log(`\n${method}`);
  for (const [name, { stepSeconds, firstStepSeconds, peakMiB, loss }] of outcomes) {
    const figures = `${stepSeconds.toFixed(3)} s a step, first after ${firstStepSeconds.toFixed(1)} s`;
    console.log(`  ${name.padEnd(26)} ${figures}, peak ${peakMiB.toFixed(0)} MiB, loss ${loss.toFixed(4)}`);
  }
  for (const [name, one] of outcomes) {
    if (!name.startsWith('peft-lab')) continue;
    for (const [peer, other] of outcomes) {
      if (peer.startsWith('peft-lab')) continue;
      const ratio = (key: 'stepSeconds' | 'peakMiB' | 'loss') => (one[key] / other[key]).toFixed(3);
      console.log(`  ${name} / ${peer}: step ${ratio('stepSeconds')}, peak ${ratio('peakMiB')}, loss ${ratio('loss')}`);
    }
  }
}

try {
  const loadBefore = loadavg()[0];
  const files = writeRows();
  const batches = await writeBatches(files);
  const results: Record<string, Readonly<Record<string, Outcome>>> = {};
  for (const method of words(given.methods)) {
    const outcomes = new Map<string, Outcome>();
    const [mine, peers] = [words(given.ours), words(given.peer)];
    for (let i = 0; i < Math.max(mine.length, peers.length); i++) {
      if (mine[i]) outcomes.set(`peft-lab ${mine[i]}`, await ours(files, method, mine[i]!));
      if (peers[i]) outcomes.set(`Hugging Face ${peers[i]}`, await theirs(batches, method, peers[i]!));
    }
    if (method === words(given.methods)[0] && mine.includes('int8')) {
      outcomes.set('peft-lab int8, cached', await ours(files, method, 'int8'));
    }
    print(method, outcomes);
    results[method] = Object.fromEntries(outcomes);
  }
  const { threads } = given;
  const setting = { model: path.basename(modelFolder), trainRows, validationRows, batchSize, threads, seed };
  writeResult(given.out, { loadBefore, ...setting, results });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
