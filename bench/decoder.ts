/**
 * Tuning SmolLM2 from the command to its end, alternating with Hugging Face on the same batches:
 * `npm run build`, then `node scripts/run.mjs bench/decoder.ts --model FOLDER --data E2E.csv [--quick] [--rows 480]
 * [--methods ln-tuning,lora,prefix,prefix-random,unified,unified-random] [--ours fp32,int8] [--peer fp32,bf16]
 * [--threads N] [--seeds 1,2] [--test TEST.csv [--texts 500]] [--out decoder] [--journal FILE]`.
 * FOLDER is what bench/smolLm2.py writes; the data have E2E's columns `mr` and `ref`. The peer is a loop as Trainer's
 * around transformers and peft, in the Python that PEFT_LAB_PYTHON names. `--quick` takes 96 rows. Peak memory is the
 * system's own figure of the process that trains (Linux). Our caches begin empty: the first int8 run has to measure
 * channels and make bytes, a last one of the same config finds them. The peer runs only methods that PEFT has. With
 * `--journal` each run's outcome is kept as it ends, and a bench that was stopped goes on. With `--test` each tuned model
 * writes on the first `--texts` different meanings there, greedily, eight at a time, and its texts are judged by all their
 * references with our metrics (which are sacrebleu's and rouge-score's). Results go to bench/results/OUT.json. All of E2E as
 * far as it is worth: `--rows 2000 --seeds 1,2 --ours int8 --peer bf16 --peer-methods ln-tuning,lora --test
 * testset_w_refs.csv --out e2e --journal e2e.jsonl`.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';
import { epochBatches, sortedBatches } from '../extension/data/batches/batches.ts';
import { loadTokenizer } from '../extension/data/tokenizer/tokenizer.ts';
import { measure } from '../extension/metrics/registry.ts';
import { findTask } from '../extension/tasks/registry.ts';
import { promptIds, rowQuestion } from '../extension/tasks/rows/prompt.ts';
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
  /** Of the same tokens, how many are predicted. */
  readonly accuracy: number;
  readonly stepLosses: readonly number[];
  /** Whether int8 was refused for fp32. */
  readonly fellBack?: boolean;
  /** BLEU, ROUGE and exact match of what it writes, and the seconds that took. */
  readonly written?: Readonly<Record<string, number>>;
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
    'peer-methods': { type: 'string', default: 'ln-tuning,lora,prefix,unified' },
    seeds: { type: 'string', default: '1' },
    test: { type: 'string' },
    texts: { type: 'string', default: '500' },
    out: { type: 'string', default: 'decoder' },
    journal: { type: 'string' },
  },
});
const python = process.env.PEFT_LAB_PYTHON;
if (!given.model || !given.data || !python) {
  throw new Error('bench/decoder: needs --model FOLDER, --data E2E.csv and PEFT_LAB_PYTHON; name all three');
}
const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(path.join(tmpdir(), 'peft-lab-bench-'));
const modelFolder = path.resolve(given.model);
const [trainRows, batchSize] = [given.quick ? 96 : Number(given.rows), Number(given.batch)];
const validationRows = given.quick ? 32 : 128;

interface Contest {
  readonly methods: unknown;
  /** The same for both sides. */
  readonly learningRate: number;
}
/** The peer's prefix always starts near nothing; ours does where it is called random, and else as training tokens are read. */
const random = { init: 'random', init_std: 0.02 };
const contests: Readonly<Record<string, Contest>> = {
  'ln-tuning': { methods: 'ln-tuning', learningRate: 3e-3 },
  lora: { methods: 'lora', learningRate: 1e-3 },
  prefix: { methods: 'prefix', learningRate: 1e-2 },
  'prefix-random': { methods: { prefix: random }, learningRate: 1e-2 },
  unified: { methods: 'unified', learningRate: 3e-3 },
  'unified-random': { methods: { unified: { prefix: random } }, learningRate: 3e-3 },
};
const contestOf = (method: string): Contest => {
  const found = contests[method];
  if (!found) throw new Error(`--methods: must be among ${Object.keys(contests).join(', ')}, got ${method}`);
  return found;
};

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
const [maxTokens, writtenAtATime] = [96, 8];

interface TestQuestion {
  readonly ids: readonly number[];
  readonly references: string[];
}

/** The first different meanings of `--test`, as rows for us and as tokens for the peer; none without it. */
async function writeQuestions(): Promise<
  { readonly file: string; readonly questions: readonly TestQuestion[] } | undefined
> {
  if (!given.test) return undefined;
  const tokenizer = await loadTokenizer(modelFolder);
  const rows = parse(readFileSync(given.test), { columns: true, bom: true }) as { mr: string; ref: string }[];
  const questions = new Map<string, TestQuestion>();
  const lines: string[] = [];
  for (const [i, cells] of rows.entries()) {
    const row = { file: given.test, line: i + 2, cells };
    const { prompt, answer } = rowQuestion(row, columns, tokenizer);
    if (!questions.has(cells.mr)) {
      if (questions.size === Number(given.texts)) continue;
      questions.set(cells.mr, { ids: promptIds(row, prompt, tokenizer), references: [] });
      lines.push(JSON.stringify(cells));
    }
    questions.get(cells.mr)!.references.push(answer.trim());
  }
  const file = path.join(scratch, 'test.jsonl');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return { file, questions: [...questions.values()] };
}
const test = await writeQuestions();

const judge = (texts: readonly string[]): Readonly<Record<string, number>> =>
  measure(
    'texts',
    test!.questions.map(({ references }, i) => ({ text: texts[i]!.trim(), references })),
  );

function judgeOurs(runs: string): Readonly<Record<string, number>> {
  const started = Date.now();
  const [run] = readdirSync(runs).filter((name) => !name.startsWith('.'));
  const out = path.join(runs, 'written.jsonl');
  const words = ['generate', path.join(runs, run!), '--file', test!.file, '--out', out, '--runs', runs];
  const options = ['--max-tokens', String(maxTokens), '--batch', String(writtenAtATime), '--threads', given.threads];
  execFileSync(process.execPath, [path.join(root, 'bin/peft-lab.cjs'), ...words, ...options], {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { ...process.env, PEFT_LAB_CACHE: path.join(scratch, 'cache') },
  });
  const seconds = (Date.now() - started) / 1000;
  const lines = readFileSync(out, 'utf8').trim().split('\n');
  return { ...judge(lines.map((line) => (JSON.parse(line) as { text: string }).text)), seconds };
}

/** @param written token ids of the peer, in the order of the questions */
async function judgeTheirs(
  written: readonly (readonly number[])[],
  seconds: number,
): Promise<Readonly<Record<string, number>>> {
  const tokenizer = await loadTokenizer(modelFolder);
  return { ...judge(written.map((ids) => tokenizer.decode(ids, { skipsSpecial: true }))), seconds };
}

/** The very batches that our runs compute, as tokens and labels, for the peer. */
async function writeBatches(
  files: { readonly train: string; readonly validation: string },
  seed: number,
): Promise<string> {
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
  const file = path.join(scratch, `batches-${seed}.json`);
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
  seed: number,
  writes: boolean,
): Promise<Outcome> {
  const config = path.join(scratch, 'bench.peft.yaml');
  const data = { ...files, ...columns, max_length: maxLength };
  const whole = {
    model: modelFolder,
    task: task.name,
    data,
    methods: contestOf(method).methods,
    backbone,
    threads: Number(given.threads),
  };
  const rest = { ...training, learning_rate: contestOf(method).learningRate, keep_best: false, seed };
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
  const fellBack = events.some(
    (event) => event.type === 'note' && event.code === 'backbone' && event.message.includes('takes fp32'),
  );
  const { loss, accuracy } = events.findLast((event) => event.type === 'evaluation')!.metrics;
  const written = test && writes && { written: judgeOurs(runs) };
  return {
    stepSeconds: median(seconds),
    firstStepSeconds: (Date.parse(steps[0]!.time) - startedMs) / 1000,
    wholeSeconds,
    peakMiB: peakBytes / 2 ** 20,
    loss: loss!,
    accuracy: accuracy!,
    stepLosses: steps.map(({ loss }) => loss),
    ...(fellBack && { fellBack }),
    ...(written || {}),
  };
}

async function theirs(batches: string, method: string, precision: string, seed: number): Promise<Outcome> {
  const started = Date.now();
  const rate = String(contestOf(method).learningRate);
  const words = [
    path.join(root, 'bench/decoderTorch.py'),
    modelFolder,
    batches,
    method.replace('-random', ''),
    precision,
    given.threads,
    rate,
  ];
  const prompts = path.join(scratch, 'prompts.json');
  if (test)
    writeFileSync(prompts, JSON.stringify({ ids: test.questions.map(({ ids }) => ids), maxTokens, writtenAtATime }));
  const last = lastLineOf(python!, [
    ...words,
    String(seed),
    String(training.warmup_ratio),
    String(started),
    ...(test ? [prompts] : []),
  ]);
  const { stepSeconds, texts, textSeconds, ...rest } = JSON.parse(last) as Omit<Outcome, 'stepSeconds'> & {
    readonly stepSeconds: number[];
    readonly texts?: number[][];
    readonly textSeconds?: number;
  };
  const written = texts && { written: await judgeTheirs(texts, textSeconds!) };
  const wholeSeconds = (Date.now() - started) / 1000 - (textSeconds ?? 0);
  return { ...rest, stepSeconds: median(stepSeconds.slice(1)), wholeSeconds, ...written };
}

const words = (list: string): readonly string[] => list.split(',').filter((word) => word !== '');

function print(method: string, outcomes: ReadonlyMap<string, Outcome>): void {
  console.log(`\n${method}`);
  for (const [name, { stepSeconds, firstStepSeconds, peakMiB, loss, accuracy, written }] of outcomes) {
    const figures = `${stepSeconds.toFixed(3)} s a step, first after ${firstStepSeconds.toFixed(1)} s`;
    console.log(
      `  ${name.padEnd(26)} ${figures}, peak ${peakMiB.toFixed(0)} MiB, loss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(4)}`,
    );
    if (written) console.log(`  ${' '.repeat(26)} ${JSON.stringify(written)}`);
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

/** Outcomes by what was run, kept as each run ends where a journal is named. */
const known = new Map<string, Outcome>(
  given.journal && existsSync(given.journal)
    ? readFileSync(given.journal, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as [string, Outcome])
    : [],
);
const ranHere = new Set<string>();
async function kept(what: readonly unknown[], run: () => Promise<Outcome>): Promise<Outcome> {
  const key = JSON.stringify([
    path.basename(modelFolder),
    trainRows,
    batchSize,
    given.threads,
    ...what,
    ...(test ? [test.questions.length] : []),
  ]);
  if (!known.has(key)) ranHere.add(JSON.stringify(what));
  const found = known.get(key) ?? (await run());
  if (given.journal && !known.has(key)) appendFileSync(given.journal, `${JSON.stringify([key, found])}\n`);
  return found;
}

try {
  const loadBefore = loadavg()[0];
  const files = writeRows();
  const results: Record<string, Readonly<Record<string, Outcome>>> = {};
  const [methods, seeds] = [words(given.methods), words(given.seeds).map(Number)];
  for (const seed of seeds) {
    const batches = await writeBatches(files, seed);
    for (const method of methods) {
      const outcomes = new Map<string, Outcome>();
      const hasPeer = words(given['peer-methods']).includes(method);
      const [mine, peers] = [words(given.ours), hasPeer ? words(given.peer) : []];
      const own = (backbone: string, name: string) =>
        kept([seed, method, name], () => ours(files, method, backbone, seed, !name.endsWith('cached')));
      for (let i = 0; i < Math.max(mine.length, peers.length); i++) {
        const [backbone, precision] = [mine[i], peers[i]];
        if (backbone) {
          const outcome = await own(backbone, `peft-lab ${backbone}`);
          outcomes.set(`peft-lab ${backbone}${outcome.fellBack ? ', fell back to fp32' : ''}`, outcome);
        }
        if (!precision) continue;
        const name = `Hugging Face ${precision}`;
        outcomes.set(name, await kept([seed, method, name], () => theirs(batches, method, precision, seed)));
      }
      // Only where the caches of the run that filled them are here.
      const isFirst = method === methods[0] && seed === seeds[0];
      if (isFirst && ranHere.has(JSON.stringify([seed, method, 'peft-lab int8']))) {
        // While the system still writes the new bytes to the disk, steps take half as long again.
        if (process.platform !== 'win32') execFileSync('sync');
        outcomes.set('peft-lab int8, cached', await own('int8', 'peft-lab int8, cached'));
      }
      const title = seeds.length > 1 ? `${method}, seed ${seed}` : method;
      print(title, outcomes);
      results[title] = Object.fromEntries(outcomes);
    }
  }
  const { threads } = given;
  const setting = {
    model: path.basename(modelFolder),
    texts: test?.questions.length,
    trainRows,
    validationRows,
    batchSize,
    threads,
    seeds,
  };
  writeResult(given.out, { loadBefore, ...setting, results });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
