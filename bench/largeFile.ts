/**
 * Indexing, tokenising and training on a file that is larger than what is held in memory:
 * `node scripts/run.mjs bench/largeFile.ts --model DIR --data train.tsv [--megabytes 300] [--formats tsv,csv,jsonl,conll]
 * [--steps 100]`. The rows of `--data` (label, sentence) are repeated until the file is as large as asked for.
 * `npm run build` first.
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { journalEvent } from '../extension/contract/journal.ts';
import { allMembers, fileBatches } from '../extension/data/batches/rowBatches.ts';
import { BadRows } from '../extension/data/formats/bytes/badRows.ts';
import { IndexedRows } from '../extension/data/rows/indexedRows.ts';
import { openRowIndex } from '../extension/data/rows/rowIndex.ts';
import { loadTokenizer } from '../extension/data/tokenizer/tokenizer.ts';
import { findTask } from '../extension/tasks/registry.ts';

const { values: given } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    megabytes: { type: 'string', default: '300' },
    formats: { type: 'string', default: 'tsv,csv,jsonl,conll' },
    steps: { type: 'string', default: '100' },
  },
});
if (!given.model || !given.data) throw new Error('bench: needs --model DIR and --data FILE; name both');
const model = path.resolve(given.model);
const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(path.join(tmpdir(), 'peft-lab-bench-'));
process.env.PEFT_LAB_CACHE = path.join(scratch, 'cache');
const formats = {
  tsv: { header: 'label\tsentence\n', line: (label: string, text: string) => `${label}\t${text}\n` },
  csv: {
    header: 'label,sentence\n',
    line: (label: string, text: string) => `${label},"${text.replaceAll('"', '""')}"\n`,
  },
  conll: {
    header: '',
    line: (label: string, text: string) => {
      const tagged = text.trim().split(' ');
      return `${tagged.map((word, i) => `${word}\t${i === 0 ? `B-${label}` : 'O'}`).join('\n')}\n\n`;
    },
  },
  jsonl: { header: '', line: (label: string, sentence: string) => `${JSON.stringify({ label, sentence })}\n` },
} as const;

function generate(format: keyof typeof formats): string {
  const { header, line } = formats[format];
  const rows = readFileSync(given.data!, 'utf8').trim().split('\n').slice(1);
  const body = rows.map((row) => line(row.slice(0, row.indexOf('\t')), row.slice(row.indexOf('\t') + 1))).join('');
  const file = path.join(scratch, `train.${format}`);
  const descriptor = openSync(file, 'w');
  writeSync(descriptor, header);
  for (let bytes = 0; bytes < Number(given.megabytes) * 1e6; ) bytes += writeSync(descriptor, body);
  closeSync(descriptor);
  return file;
}

function train(file: string, format: keyof typeof formats): string {
  const config = path.join(scratch, 'bench.peft.yaml');
  const task = format === 'conll' ? 'token-classification' : 'classification';
  const data = { train: format === 'conll' ? file : { file, text: 'sentence' }, max_length: 128 };
  const training = { max_steps: Number(given.steps), dropout: 0, keep_best: false };
  writeFileSync(config, JSON.stringify({ model, task, data, methods: 'ln-tuning', training }));
  const runs = mkdtempSync(path.join(scratch, 'runs-'));
  const words = [path.join(root, 'bin/peft-lab.cjs'), 'train', config, '--runs', runs, '--json'];
  const started = Date.now();
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`bench: peft-lab train failed: ${stderr}`);
  const events = readFileSync(path.join(runs, readdirSync(runs)[0]!, 'journal.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((text) => journalEvent.parse(JSON.parse(text)))
    .filter((event) => event.type === 'progress');
  const peak = Math.max(...events.map(({ memoryBytes }) => memoryBytes ?? 0)) / 2 ** 20;
  const first = (Date.parse(events[0]!.time) - started) / 1000;
  const last = events.at(-1)!;
  return `first step after ${first.toFixed(2)} s, ${(last.tokens / last.elapsedSeconds).toFixed(0)} tokens/s, peak of the worker ${peak.toFixed(0)} MiB`;
}

try {
  for (const format of given.formats.split(',') as (keyof typeof formats)[]) {
    const file = generate(format);
    const megabytes = statSync(file).size / 1e6;
    const source = { file, format };
    const isTagged = format === 'conll';
    const task = findTask(isTagged ? 'token-classification' : 'classification');
    const columns = isTagged ? { tokens: 'tokens', label: 'label' } : { text: 'sentence', label: 'label' };
    const request = {
      source,
      columns,
      task: task.name,
      labelsOf: task.rowLabels,
      onBadRow: 'error',
      skip: 0,
      limit: null,
    } as const;
    const started = performance.now();
    const index = await openRowIndex(request, path.join(scratch, 'measured'), () => {});
    const seconds = (performance.now() - started) / 1000;
    const peak = process.resourceUsage().maxRSS / 1024;
    console.log(
      `${format}: ${megabytes.toFixed(0)} MB, ${index.rows} rows indexed and hashed in ${seconds.toFixed(2)} s: ` +
        `${(megabytes / seconds).toFixed(0)} MB/s, ${(index.rows / seconds / 1e6).toFixed(2)} million rows/s, ` +
        `peak of the process ${peak.toFixed(0)} MiB`,
    );

    const tokenizer = await loadTokenizer(model);
    const encoding = { labels: index.labels, maxLength: 128 };
    const rows = new IndexedRows(source, index, (row) => task.encode(row, columns, tokenizer, encoding));
    const batches = fileBatches(
      rows,
      allMembers(rows.size),
      { batchSize: 16, seed: 1, lengthWindow: 50 },
      new BadRows('error'),
    );
    const reading = performance.now();
    const count = Math.min(2500, Math.floor(rows.size / 16));
    let tokens = 0;
    for (let i = 0; i < count; i++)
      for (const { inputIds } of batches.inEpoch(0, i).examples) tokens += inputIds.length;
    const spent = (performance.now() - reading) / 1000;
    rows.close();
    console.log(
      `${format}: ${count * 16} rows read at random places and tokenised in ${spent.toFixed(2)} s: ` +
        `${((count * 16) / spent).toFixed(0)} rows/s, ${(tokens / spent).toFixed(0)} tokens/s`,
    );
    if (Number(given.steps) > 0) {
      console.log(`${format}: indexing before the run: ${train(file, format)}`);
      console.log(`${format}: index known: ${train(file, format)}`);
    }
    rmSync(file);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
