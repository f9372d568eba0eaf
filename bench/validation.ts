/**
 * Times from keystroke to findings for a config of 1,000 lines, as the editor's config language does it, and then to
 * what files and model show: `node scripts/run.mjs bench/validation.ts`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cachedWorld } from '../extension/host/language/cachedWorld.ts';
import { ConfigChecks, type ConfigReport } from '../extension/host/language/configChecks.ts';
import { readDimensions } from '../extension/models/config.ts';
import { worldOf } from '../extension/trainer/session/world.ts';

const rounds = 60;
const rows = 20_000;

/** A config of 1,000 lines: so many methods, and comments in between. */
function config(methods: number, epochs: number): string {
  const comments = Math.floor((1000 - 9 - 3 * methods) / methods);
  const entries = Array.from(
    { length: methods },
    (_, index) =>
      `  - adapter:\n      at: attention\n      bottleneck: ${(index % 64) + 1}\n${`      # note on entry ${index}\n`.repeat(comments)}`,
  );
  const head = 'model: tiny\ntask: classification\ndata:\n  train: train.tsv\n  validation: train.tsv\nmethods:\n';
  const text = `${head}${entries.join('')}training:\n  epochs: ${epochs}\n`;
  return text + '# end\n'.repeat(1001 - text.split('\n').length);
}

const folder = mkdtempSync(path.join(tmpdir(), 'peft-lab-bench-'));
const model = {
  model_type: 'bert',
  vocab_size: 30522,
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  max_position_embeddings: 512,
};
const dimensions = readDimensions(model, 'config.json');
writeFileSync(
  path.join(folder, 'train.tsv'),
  `text\tlabel\n${Array.from({ length: rows }, (_, row) => `row ${row} of many\t${row % 2}\n`).join('')}`,
);

let hear: (report: ConfigReport) => void = () => {};
const world = cachedWorld({ ...worldOf(folder), model: async () => ({ kind: 'known', dimensions }) }, folder);
const checks = new ConfigChecks({
  environment: async () => world,
  publish: (_, report) => hear(report),
  onError: (error) => {
    throw error;
  },
  restMs: 0,
});

/** Milliseconds from an edit to its first report, and to the complete one. */
async function edit(methods: number, version: number): Promise<readonly [number, number]> {
  const text = config(methods, version % 2 === 0 ? 3 : 0);
  const started = performance.now();
  let first: number | undefined;
  return await new Promise((resolve) => {
    hear = ({ isComplete }) => {
      const now = performance.now() - started;
      first ??= now;
      if (isComplete) resolve([first, now]);
    };
    checks.changed({ key: 'bench', version, text, folder });
  });
}

const show = (name: string, samples: readonly number[]): void => {
  const sorted = samples.toSorted((a, b) => a - b);
  const [median, worst] = [sorted[sorted.length >> 1]!, sorted.at(-1)!];
  console.log(
    `${name.padEnd(44)} ${median.toFixed(1).padStart(7)} ms median, ${worst.toFixed(1).padStart(6)} ms worst`,
  );
};

try {
  let version = 0;
  for (const methods of [3, 235]) {
    const text = config(methods, 3);
    console.log(`${text.split('\n').length - 1} lines, ${text.length} characters, ${methods} methods`);
    const [first, complete] = await edit(methods, version++);
    console.log(`  first look: text ${first.toFixed(1)} ms, files (${rows} rows) and model ${complete.toFixed(1)} ms`);
    for (let round = 0; round < 10; round++) await edit(methods, version++);
    const samples: (readonly [number, number])[] = [];
    for (let round = 0; round < rounds; round++) samples.push(await edit(methods, version++));
    show(
      '  keystroke → findings of the text',
      samples.map(([text]) => text),
    );
    show(
      '  keystroke → findings of files and model too',
      samples.map(([, all]) => all),
    );
  }
} finally {
  checks.dispose();
  rmSync(folder, { recursive: true, force: true });
}
