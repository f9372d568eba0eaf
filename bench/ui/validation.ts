import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { worldOf } from '../../extension/data/world.ts';
import { cachedWorld } from '../../extension/host/language/checks/cachedWorld.ts';
import { configRules } from '../../extension/host/language/checks/configRules.ts';
import { FileChecks } from '../../extension/host/language/checks/fileChecks.ts';
import { readDimensions } from '../../extension/models/config.ts';
import { type Figure, time } from './figures.ts';

const rounds = 60;
const warmUps = 10;
const rows = 20_000;
/** A keystroke's findings have to be there within this time. */
const targetMs = 50;

const model = {
  model_type: 'bert',
  vocab_size: 30522,
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  max_position_embeddings: 512,
};

/** A config of so many lines: some methods, and comments in between. */
export function config(lines: number, methods: number, epochs: number): string {
  const comments = Math.floor((lines - 9 - 3 * methods) / methods);
  const entries = Array.from(
    { length: methods },
    (_, index) =>
      `  - adapter:\n      at: attention\n      bottleneck: ${(index % 64) + 1}\n${`      # note on entry ${index}\n`.repeat(comments)}`,
  );
  const head = 'model: tiny\ntask: classification\ndata:\n  train: train.tsv\n  validation: train.tsv\nmethods:\n';
  const text = `${head}${entries.join('')}training:\n  epochs: ${epochs}\n`;
  return text + '# end\n'.repeat(lines + 1 - text.split('\n').length);
}

/** From keystroke to findings, as the editor's config language does it, and then to what files and model show. */
export async function validationTimes(): Promise<{ facts: Record<string, string>; figures: readonly Figure[] }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'peft-lab-bench-'));
  writeFileSync(
    path.join(folder, 'train.tsv'),
    `text\tlabel\n${Array.from({ length: rows }, (_, row) => `row ${row} of many\t${row % 2}\n`).join('')}`,
  );
  let hear: (report: { readonly version: number; readonly isComplete: boolean }) => void = () => {};
  const dimensions = readDimensions(model, 'config.json');
  const world = cachedWorld({ ...worldOf(folder), model: async () => ({ kind: 'known', dimensions }) }, folder);
  const checks = new FileChecks(configRules, {
    environment: async () => world,
    publish: (_, report) => hear(report),
    onError: (error) => {
      throw error;
    },
    restMs: 0,
  });

  /** Milliseconds from an edit to its first report, and to the complete one. */
  async function edit(text: string, version: number): Promise<readonly [number, number]> {
    const started = performance.now();
    let first: number | undefined;
    return await new Promise((resolve) => {
      hear = (report) => {
        if (report.version !== version) return;
        const now = performance.now() - started;
        first ??= now;
        if (report.isComplete) resolve([first, now]);
      };
      checks.changed({ key: 'bench', version, text, folder });
    });
  }

  const figures: Figure[] = [];
  let version = 0;
  async function measure(name: string, text: (epochs: number) => string, count: number, target?: number) {
    const samples: (readonly [number, number])[] = [];
    // Epochs of 0 are an error: what is found changes with every edit.
    for (let round = -warmUps; round < count; round++) {
      const times = await edit(text(round % 2 === 0 ? 3 : 0), version++);
      if (round >= 0) samples.push(times);
    }
    const [first, complete] = [0, 1].map((at) => samples.map((times) => times[at]!));
    figures.push(time(`${name}: findings of the text`, first!, target));
    figures.push(time(`${name}: findings of files and model too`, complete!));
  }

  try {
    await measure('1,000 lines, 3 methods', (epochs) => config(1000, 3, epochs), rounds, targetMs);
    await measure('1,000 lines, 235 methods', (epochs) => config(1000, 235, epochs), rounds, targetMs);
    // Not at every keystroke: such a text has to rest for 150 ms, which are in the figure.
    await measure('1.0 MB in 43,000 lines, after its rest', (epochs) => config(43_000, 3, epochs), 9);
  } finally {
    checks.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
  return { facts: { config: `methods, comments and ${rows.toLocaleString('en')} rows of data` }, figures };
}
