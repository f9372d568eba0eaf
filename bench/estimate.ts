/**
 * Memory and time as `peft-lab estimate` tells them beside what then happens:
 * `npm run bench:estimate -- [--model DIR --data DIR] [--decoder DIR --e2e E2E.csv] [--rows 2000] [--only NAME,…] [--out estimate]`.
 * The demo models are always tried; DIR of the data holds train.tsv (label, sentence) and dev.tsv (label, content). The
 * decoder is tuned on a tenth of the rows, of the columns `mr` and `ref`.
 * `npm run build` first. Peak memory is the system's own figure of the process that trains (Linux).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';
import { runEstimate } from '../extension/contract/estimate.ts';
import { trainCommand } from './trainCommand.ts';
import { writeResult } from './writeResult.ts';

const { values: given } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    decoder: { type: 'string' },
    e2e: { type: 'string' },
    rows: { type: 'string', default: '2000' },
    only: { type: 'string' },
    out: { type: 'string', default: 'estimate' },
  },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const program = path.join(root, 'bin/peft-lab.cjs');
const scratch = mkdtempSync(path.join(tmpdir(), 'peft-lab-bench-'));

interface Subject {
  readonly name: string;
  readonly config: string;
}

interface Figures {
  readonly memoryBytes: number;
  readonly totalSeconds: number;
  readonly trainingSeconds: number;
  readonly evaluationSeconds: number;
  readonly tokensPerSecond: number;
  readonly startSeconds: number;
}

function subjects(): Subject[] {
  const demo = ['reviews', 'entities-unified', 'places'].map((name) => {
    return { name: `demo ${name}`, config: path.join(root, 'examples', `${name}.peft.yaml`) };
  });
  return [...demo, ...encoderSubjects(), ...decoderSubjects()];
}

/** Batches of 8 completions, some of them to be judged by. */
function decoderSubjects(): Subject[] {
  if (!given.decoder || !given.e2e) return [];
  const rows = parse(readFileSync(given.e2e), { columns: true, bom: true }) as { mr: string; ref: string }[];
  const count = Number(given.rows) / 10;
  const every = Math.floor(rows.length / (count + 32));
  const write = (name: string, from: number, to: number) => {
    const file = path.join(scratch, name);
    const lines = Array.from({ length: to - from }, (_, i) => rows[(from + i) * every]!);
    writeFileSync(file, `${lines.map(({ mr, ref }) => JSON.stringify({ mr, ref })).join('\n')}\n`);
    return file;
  };
  const files = { train: write('train.jsonl', 0, count), validation: write('validation.jsonl', count, count + 32) };
  const data = { ...files, prompt: 'mr', completion: 'ref', max_length: 128, on_bad_row: 'skip' };
  const training = { learning_rate: 1e-3, batch_size: 8, epochs: 1, dropout: 0 };
  return [
    ['ln-tuning', 'fp32'],
    ['ln-tuning', 'int8'],
    ['lora', 'int8'],
  ].map(([methods, backbone]) => {
    const name = `decoder ${methods} ${backbone}`;
    const config = path.join(scratch, `${name.replaceAll(' ', '-')}.peft.yaml`);
    const model = path.resolve(given.decoder!);
    writeFileSync(config, JSON.stringify({ model, task: 'completion', data, methods, training, backbone }));
    return { name, config };
  });
}

function encoderSubjects(): Subject[] {
  if (!given.model || !given.data) return [];
  const model = path.resolve(given.model);
  const data = path.resolve(given.data);
  const lines = readFileSync(path.join(data, 'train.tsv'), 'utf8')
    .split('\n')
    .slice(0, Number(given.rows) + 1);
  const trainFile = path.join(scratch, 'train.tsv');
  writeFileSync(trainFile, `${lines.join('\n')}\n`);
  // Three sentences in one: longer rows from the same words.
  const [header, ...rows] = lines.filter((line) => line !== '');
  const sentence = (row: string | undefined) => row?.slice(row.indexOf('\t') + 1) ?? '';
  const long = rows
    .slice(0, rows.length / 4)
    .map((row, i) => [row, ...[1, 2, 3, 4, 5].map((n) => sentence(rows[i + n]))].join(' '));
  const longFile = path.join(scratch, 'long.tsv');
  writeFileSync(longFile, `${[header, ...long].join('\n')}\n`);
  const base = { learning_rate: 1e-3, batch_size: 16, epochs: 1, keep_best: false };
  const subject = (
    name: string,
    methods: unknown,
    more: { training?: object; file?: string; backbone?: string } = {},
  ) => {
    const config = path.join(scratch, `${name.replaceAll(' ', '-')}.peft.yaml`);
    const splits = {
      train: { file: more.file ?? trainFile, text: 'sentence' },
      validation: { file: path.join(data, 'dev.tsv'), text: 'content' },
    };
    const training = { ...base, ...more.training };
    const backbone = more.backbone ?? 'fp32';
    writeFileSync(config, JSON.stringify({ model, task: 'classification', data: splits, methods, training, backbone }));
    return { name, config };
  };
  return [
    subject('ln-tuning', 'ln-tuning', { training: { epochs: 2 } }),
    subject('ln-tuning int8', 'ln-tuning', { backbone: 'int8' }),
    subject('ln-tuning long', 'ln-tuning', { file: longFile }),
    subject('ln-tuning long int8', 'ln-tuning', { file: longFile, backbone: 'int8' }),
    subject('lora batch 32', 'lora', { training: { batch_size: 32 } }),
    subject('unified', 'unified'),
    subject('full', 'full', { training: { learning_rate: 1e-4 } }),
    subject('head-only 3 epochs', 'head-only', { training: { epochs: 3, dropout: 0 } }),
  ];
}

function estimated(config: string): Figures {
  const words = [program, 'estimate', config, '--json'];
  const text = execFileSync(process.execPath, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const told = runEstimate.parse(JSON.parse(text));
  const epochs = told.totalSteps / told.stepsPerEpoch;
  const { memoryBytes, totalSeconds, evaluationSeconds, tokensPerSecond, startSeconds } = told;
  const trainingSeconds = (epochs * told.tokensPerEpoch) / tokensPerSecond;
  return { memoryBytes, totalSeconds, trainingSeconds, evaluationSeconds, tokensPerSecond, startSeconds };
}

async function measured(config: string): Promise<Figures> {
  const runs = path.join(scratch, 'runs', path.basename(config));
  // An estimate takes it that nothing of the model has been kept.
  const environment = { PEFT_LAB_CACHE: mkdtempSync(path.join(scratch, 'cache-')) };
  const trained = await trainCommand(config, runs, { environment });
  const { events, startedMs, wholeSeconds: totalSeconds, peakBytes } = trained;
  const progress = events.filter((event) => event.type === 'progress');
  const first = progress[0]!;
  const last = progress.at(-1)!;
  const evaluationSeconds = events.reduce(
    (sum, event) => (event.type === 'evaluation' ? sum + (event.seconds ?? 0) : sum),
    0,
  );
  const duringTraining = events.reduce(
    (sum, event) => (event.type === 'evaluation' && event.split === 'validation' ? sum + (event.seconds ?? 0) : sum),
    0,
  );
  const lastEvaluation = events.findLast((event) => event.type === 'evaluation')?.seconds ?? 0;
  // The last evaluation comes after the last progress event.
  const trainingSeconds = last.elapsedSeconds - (duringTraining - lastEvaluation);
  return {
    memoryBytes: peakBytes,
    totalSeconds,
    trainingSeconds,
    evaluationSeconds,
    tokensPerSecond: last.tokens / trainingSeconds,
    startSeconds: (Date.parse(first.time) - startedMs) / 1000 - first.elapsedSeconds,
  };
}

try {
  const loadBefore = loadavg()[0];
  const results: Record<string, { estimated: Figures; measured: Figures }> = {};
  const columns = ['memoryBytes', 'totalSeconds', 'trainingSeconds', 'evaluationSeconds', 'startSeconds'] as const;
  const shown = {
    memoryBytes: 'memory MB',
    totalSeconds: 'whole s',
    trainingSeconds: 'training s',
    evaluationSeconds: 'evaluations s',
    startSeconds: 'start s',
  };
  console.log(`${'estimated / measured = ratio'.padEnd(30)}${columns.map((key) => shown[key].padStart(24)).join('')}`);
  for (const { name, config } of subjects()) {
    if (given.only && !given.only.split(',').includes(name)) continue;
    const told = estimated(config);
    const found = await measured(config);
    results[name] = { estimated: told, measured: found };
    const cells = columns.map((key) => {
      const [a, b] = [told[key], found[key]].map((value) => (key === 'memoryBytes' ? value / 1e6 : value)) as [
        number,
        number,
      ];
      const digits = key === 'memoryBytes' ? 0 : 1;
      return `${a.toFixed(digits)} / ${b.toFixed(digits)} = ${(a / b).toFixed(2)}`.padStart(24);
    });
    console.log(`${name.padEnd(30)}${cells.join('')}`);
  }
  const [model, decoder] = [given.model, given.decoder].map((folder) => folder && path.basename(path.resolve(folder)));
  writeResult(given.out, { loadBefore, model, decoder, rows: given.rows, results });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
