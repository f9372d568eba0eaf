/** Times what the editor does at each keystroke, on a config of 1,000 lines: `node scripts/run.mjs bench/config.ts`. */
import { checkConfig } from '../extension/config/checks/check.ts';
import { complete } from '../extension/config/editor/complete.ts';
import { hoverAt } from '../extension/config/editor/hover.ts';
import { outline } from '../extension/config/text/outline.ts';

const methods = Array.from(
  { length: 240 },
  (_, i) => `  - prefix:\n      length: ${i + 1}\n      positions: shifted\n      mlp: false\n`,
);
const text = `model: google-bert/bert-base-uncased
task: classification
data:
  train: train.tsv
  validation: dev.tsv
# ${'a comment of some length '.repeat(4)}
methods:
${methods.join('')}training:
${Array.from({ length: 20 }, (_, i) => `  # note ${i}`).join('\n')}
  epochs: 3
  batch_size: 16
`;

/** Median and worst of `times` runs, after warming up. */
async function time(name: string, run: () => unknown): Promise<void> {
  for (let i = 0; i < 10; i++) await run();
  const samples: number[] = [];
  for (let i = 0; i < 50; i++) {
    const started = performance.now();
    await run();
    samples.push(performance.now() - started);
  }
  samples.sort((a, b) => a - b);
  const worst = samples[samples.length - 1]!;
  console.log(`${name.padEnd(12)} ${samples[25]!.toFixed(1).padStart(6)} ms median, ${worst.toFixed(1)} ms worst`);
}

const started = performance.now();
const checked = checkConfig(text);
console.log(`${text.split('\n').length} lines, ${checked.diagnostics.length} findings`);
console.log(`first check  ${(performance.now() - started).toFixed(1).padStart(6)} ms`);

const middle = text.indexOf('length: 120');
const nothing = { listFolder: async () => [], columns: async () => undefined };
await time('check', () => checkConfig(text));
await time('check broken', () => checkConfig(text.replaceAll('mlp: false', 'mpl: 3')));
await time('complete', () => complete(text, middle, nothing));
await time('hover', () => hoverAt(checked.parsed, middle));
await time('outline', () => outline(checked.parsed));
