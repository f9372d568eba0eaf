/**
 * What runs save that stand on one trunk: 4 methods × 2 seeds as eight commands, and as one command that trains them in
 * one process: `node scripts/run.mjs bench/oneTrunk.ts [--model DIR] [--data DIR] [--rows 2000] [--epochs 2]
 * [--backbone fp32] [--rounds 1]`. Without a model and data, the bundled example. DIR of the data holds train.tsv and
 * dev.tsv as in the other benches. `npm run build` first. Results of both must be equal to the bit.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readModelConfig } from '../extension/checkpoint/modelConfig.ts';
import { median } from './median.ts';
import { foldersIn, journalOf, peakMiB, tunedIn } from './trainedRuns.ts';

const { values: given } = parseArgs({
  options: {
    model: { type: 'string' },
    data: { type: 'string' },
    rows: { type: 'string', default: '2000' },
    epochs: { type: 'string', default: '2' },
    backbone: { type: 'string', default: 'fp32' },
    rounds: { type: 'string', default: '1' },
  },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(path.join(tmpdir(), 'peft-lab-bench-'));
const model = path.resolve(given.model ?? path.join(root, 'examples/model'));
const { layers } = (await readModelConfig(model)).dimensions;
const upper = Array.from({ length: Math.ceil(layers / 4) }, (_, i) => layers - 1 - i);
const variants = ['[head-only]', `[{ln-tuning: {layers: [${upper}]}}]`, '[ln-tuning]', '[lora]'].flatMap((methods) =>
  [1, 2].map((seed) => ({ methods, seed, name: `${methods} seed ${seed}` })),
);

/** Seconds of each run, and what each has tuned. */
interface Measured {
  readonly seconds: readonly number[];
  readonly tuned: readonly Buffer[];
  readonly peakMiB: number;
}

function train(runs: string, words: readonly string[]): void {
  const command = [path.join(root, 'bin/peft-lab.cjs'), 'train', config, '--runs', runs, '--json', ...words];
  execFileSync(process.execPath, command, { stdio: 'ignore' });
}

function separately(runs: string): Measured {
  const seconds = variants.map(({ methods, seed }, i) => {
    const started = performance.now();
    train(path.join(runs, String(i)), ['--set', `methods=${methods}`, '--set', `training.seed=${seed}`]);
    return (performance.now() - started) / 1000;
  });
  const folders = variants.flatMap((_, i) => foldersIn(path.join(runs, String(i))));
  return { seconds, tuned: folders.map(tunedIn), peakMiB: peakMiB(folders) };
}

/** A run takes from the end of the one before it, or from the command, to its own end; the command's last steps go with the last. */
function together(runs: string): Measured {
  const started = Date.now();
  const methods = [...new Set(variants.map((variant) => variant.methods))].join(',');
  train(runs, ['--methods', methods, '--seeds', '1,2']);
  const ended = Date.now();
  const folders = foldersIn(runs);
  const ends = folders.map((folder) => Date.parse(journalOf(folder).at(-1)!.time));
  ends[ends.length - 1] = ended;
  const seconds = ends.map((end, i) => (end - (i === 0 ? started : ends[i - 1]!)) / 1000);
  return { seconds, tuned: folders.map(tunedIn), peakMiB: peakMiB(folders) };
}

const config = path.join(scratch, 'bench.peft.yaml');
try {
  const rowsOf = (file: string): string =>
    `${file
      .split('\n')
      .slice(0, Number(given.rows) + 1)
      .join('\n')}\n`;
  const source = given.data ? 'train.tsv' : 'reviews-train.tsv';
  const folder = path.resolve(given.data ?? path.join(root, 'examples/data'));
  writeFileSync(path.join(scratch, 'train.tsv'), rowsOf(readFileSync(path.join(folder, source), 'utf8')));
  const validation = path.join(folder, given.data ? 'dev.tsv' : 'reviews-validation.tsv');
  const data = given.data
    ? { train: { file: 'train.tsv', text: 'sentence' }, validation: { file: validation, text: 'content' } }
    : { train: 'train.tsv', validation };
  const training = { epochs: Number(given.epochs), dropout: 0 };
  writeFileSync(
    config,
    JSON.stringify({ model, task: 'classification', backbone: given.backbone, data, methods: ['head-only'], training }),
  );
  const rounds = Array.from({ length: Number(given.rounds) }, (_, round) => ({
    apart: separately(path.join(scratch, `apart-${round}`)),
    one: together(path.join(scratch, `one-${round}`)),
  }));
  const middle = (pick: (round: (typeof rounds)[number]) => number): number => median(rounds.map(pick));
  for (const [i, { name }] of variants.entries()) {
    const [apart, one] = [middle((round) => round.apart.seconds[i]!), middle((round) => round.one.seconds[i]!)];
    const isEqual = rounds.every((round) => round.apart.tuned[i]!.equals(round.one.tuned[i]!));
    console.log(
      `${name}: ${apart.toFixed(2)} s by itself, ${one.toFixed(2)} s in one process, saved ${(apart - one).toFixed(2)} s` +
        `; ${isEqual ? 'equal bits' : 'OTHER BITS'}`,
    );
    if (!isEqual) process.exitCode = 1;
  }
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const [apart, one] = [middle((round) => sum(round.apart.seconds)), middle((round) => sum(round.one.seconds))];
  console.log(
    `all: ${apart.toFixed(1)} s and ${one.toFixed(1)} s, ${(one / apart).toFixed(3)} of it; peak of a worker ` +
      `${middle((round) => round.apart.peakMiB).toFixed(0)} and ${middle((round) => round.one.peakMiB).toFixed(0)} MiB`,
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
