/**
 * Seconds of each epoch and evaluation with and without kept activations:
 * `node scripts/run.mjs bench/keptActivations.ts --model DIR --data DIR [--rows 4000] [--methods head-only,upper]`.
 * DIR of the data holds train.tsv (label, sentence) and dev.tsv (label, content). `npm run build` first.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readModelConfig } from '../extension/checkpoint/modelConfig.ts';
import { journalEvent } from '../extension/contract/journal.ts';

const { values: given } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    rows: { type: 'string', default: '4000' },
    methods: { type: 'string', default: 'head-only,upper' },
  },
});
if (!given.model || !given.data) throw new Error('bench: needs --model DIR and --data DIR; name both');
const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(path.join(tmpdir(), 'peft-lab-bench-'));
const model = path.resolve(given.model);
const { layers } = (await readModelConfig(model)).dimensions;
const half = Array.from({ length: Math.floor(layers / 2) }, (_, i) => layers - 1 - i);
const known: Readonly<Record<string, unknown>> = {
  'head-only': 'head-only',
  upper: { 'ln-tuning': { layers: half } },
};

try {
  const trainFile = path.join(scratch, 'train.tsv');
  const lines = readFileSync(path.join(given.data, 'train.tsv'), 'utf8').split('\n');
  writeFileSync(trainFile, `${lines.slice(0, Number(given.rows) + 1).join('\n')}\n`);
  for (const name of given.methods.split(',')) {
    for (const kept of [1000, 0]) {
      const config = path.join(scratch, 'bench.peft.yaml');
      const data = {
        train: { file: trainFile, text: 'sentence' },
        validation: { file: path.resolve(given.data, 'dev.tsv'), text: 'content' },
      };
      const training = { epochs: 3, dropout: 0, keep_best: false, kept_activations_mb: kept };
      writeFileSync(config, JSON.stringify({ model, task: 'classification', data, methods: [known[name]], training }));
      const runs = path.join(scratch, `${name}-${kept}`);
      const command = [path.join(root, 'bin/peft-lab.cjs'), 'train', config, '--runs', runs, '--json'];
      execFileSync(process.execPath, command, { stdio: 'ignore' });
      const events = readFileSync(path.join(runs, readdirSync(runs)[0]!, 'journal.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => journalEvent.parse(JSON.parse(line)));
      const progress = events.filter((event) => event.type === 'progress');
      const evaluations = events.filter((event) => event.type === 'evaluation');
      const evaluating = evaluations.map(({ seconds }) => seconds ?? 0);
      const ends = [1, 2, 3].map((epoch) => progress.find((event) => event.epoch >= epoch)!.elapsedSeconds);
      const spent = ends.map((end, i) => (i === 0 ? end : end - ends[i - 1]! - evaluating[i - 1]!));
      const peak = Math.max(...progress.map(({ memoryBytes }) => memoryBytes ?? 0)) / 2 ** 20;
      const shown = (seconds: readonly number[]) => seconds.map((s) => s.toFixed(2)).join(', ');
      console.log(
        `${name}, kept_activations_mb ${kept}: epochs ${shown(spent)} s; evaluations ` +
          `${shown(evaluating)} s; peak ${peak.toFixed(0)} MiB; ` +
          `loss ${evaluations.at(-1)!.metrics.loss!.toFixed(6)}`,
      );
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
