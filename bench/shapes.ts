/**
 * One LN-tuning step of random BERTs at fixed shapes, beside a plain PyTorch loop and the time of the step's products
 * alone: `node scripts/run.mjs bench/shapes.ts [--sizes 6x384,12x768] [--batch 16] [--length 128] [--rounds 5]
 * [--threads 2] [--out shapes]`. Every contender is a process of its own; they take steps in turn. PyTorch runs in the Python that
 * PEFT_LAB_PYTHON names. Results go to bench/results/OUT.json.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Contender, takeTurns } from './contender.ts';
import { writeRandomBert } from './lnTuning.ts';
import { median } from './median.ts';
import { writeResult } from './writeResult.ts';

const { values: given } = parseArgs({
  options: {
    sizes: { type: 'string', default: '6x384,12x768' },
    batch: { type: 'string', default: '16' },
    length: { type: 'string', default: '128' },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: String(cpus().length) },
    out: { type: 'string', default: 'shapes' },
  },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const python = process.env.PEFT_LAB_PYTHON;
if (!python) throw new Error('bench/shapes: PEFT_LAB_PYTHON must name a Python with torch and transformers; set it');

const results: Record<string, unknown> = {};
for (const size of given.sizes.split(',')) {
  const [layers, hidden] = size.split('x').map(Number) as [number, number];
  const folder = mkdtempSync(path.join(tmpdir(), 'peft-lab-bench-'));
  try {
    await writeRandomBert(folder, layers, hidden);
    const shape = [folder, given.batch, given.length, given.threads];
    const script = (name: string, kind: string): [string, string[]] => [
      process.execPath,
      [path.join(root, 'scripts/run.mjs'), path.join(root, 'bench', name), kind, ...shape],
    ];
    const torch = (precision: string): [string, string[]] => [
      python,
      [path.join(root, 'bench/shapesTorch.py'), precision, ...shape],
    ];
    const contenders = [
      new Contender('peft-lab fp32', ...script('shapesStep.ts', 'fp32')),
      new Contender('peft-lab int8', ...script('shapesStep.ts', 'int8')),
      new Contender('products fp32', ...script('shapesFloor.ts', 'fp32')),
      new Contender('PyTorch fp32', ...torch('fp32')),
      new Contender('PyTorch bf16', ...torch('bf16')),
    ];
    const loadBefore = loadavg()[0];
    await takeTurns(contenders, Number(given.rounds));
    const rows = contenders.map(({ name, stepMs, peakMiB }) => ({ name, medianMs: median(stepMs), stepMs, peakMiB }));
    console.log(`${size}, batch ${given.batch} × length ${given.length}, load before ${loadBefore!.toFixed(1)}`);
    for (const { name, medianMs, stepMs, peakMiB } of rows) {
      const range = `${Math.min(...stepMs).toFixed(0)} … ${Math.max(...stepMs).toFixed(0)}`;
      console.log(`  ${name.padEnd(14)} ${medianMs.toFixed(0).padStart(6)} ms (${range}), ${peakMiB.toFixed(0)} MiB`);
    }
    results[size] = { loadBefore, contenders: rows };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
const { out, ...setting } = given;
writeResult(out, { ...setting, results });
