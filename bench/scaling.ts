/**
 * How steps and memory grow: `node scripts/run.mjs bench/scaling.ts --model DIR [--threads 1,2] [--rounds 5]
 * [--lengths 32,64,128,256,512] [--batches 1,4,16,64] [--steps 2000]`. LN-tuning with pooler and classifier trained, in
 * fp32 and int8: the time of a step by length (batch 16), by batch (length 128) and by threads, and the memory of the
 * process over many steps of varying lengths. Results go to bench/results/scaling.json.
 */
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Contender, takeTurns } from './contender.ts';
import { median } from './median.ts';
import { writeResult } from './writeResult.ts';

const { values: given } = parseArgs({
  options: {
    model: { type: 'string' },
    threads: { type: 'string', default: '1,2' },
    rounds: { type: 'string', default: '5' },
    lengths: { type: 'string', default: '32,64,128,256,512' },
    batches: { type: 'string', default: '1,4,16,64' },
    steps: { type: 'string', default: '2000' },
  },
});
if (!given.model) throw new Error('bench/scaling: needs --model DIR; name a model folder');
const folder = path.resolve(given.model);
const root = fileURLToPath(new URL('..', import.meta.url));
const backbones = ['fp32', 'int8'] as const;
const numbers = (list: string): readonly number[] => list.split(',').map(Number);

const contender = (backbone: string, batch: number, length: number | string, threads: number): Contender => {
  const script = [path.join(root, 'scripts/run.mjs'), path.join(root, 'bench/shapesStep.ts')];
  const words = [backbone, folder, String(batch), String(length), String(threads)];
  return new Contender(backbone, process.execPath, [...script, ...words]);
};

interface Step {
  readonly threads: number;
  readonly batch: number;
  readonly length: number;
  readonly backbone: string;
  readonly medianMs: number;
  readonly stepMs: readonly number[];
  readonly tokensPerSecond: number;
  readonly peakMiB: number;
}

/** Both backbones at one shape, in turn. */
async function steps(threads: number, batch: number, length: number): Promise<readonly Step[]> {
  const contenders = backbones.map((backbone) => contender(backbone, batch, length, threads));
  await takeTurns(contenders, Number(given.rounds));
  return contenders.map(({ name: backbone, stepMs, peakMiB }) => {
    const medianMs = median(stepMs);
    const tokensPerSecond = Math.round((batch * length) / (medianMs / 1000));
    const range = `${Math.min(...stepMs).toFixed(1)} … ${Math.max(...stepMs).toFixed(1)}`;
    console.log(
      `threads ${threads}, batch ${String(batch).padStart(2)} × length ${String(length).padStart(3)}, ${backbone}: ` +
        `${medianMs.toFixed(1)} ms (${range}), ${tokensPerSecond} tokens/s, ${peakMiB.toFixed(0)} MiB`,
    );
    return { threads, batch, length, backbone, medianMs, stepMs, tokensPerSecond, peakMiB };
  });
}

/** Memory held after every twentieth of the steps, whose lengths vary from 4 to 64. */
async function memory(backbone: string): Promise<readonly number[]> {
  const one = contender(backbone, 16, '4-64', cpus().length);
  const residentMiB: number[] = [];
  const count = Number(given.steps);
  for (let step = 1; step <= count; step++) {
    await one.step(true);
    if (step % Math.ceil(count / 20) === 0) residentMiB.push(Math.round(one.residentMiB));
  }
  await one.close();
  console.log(`${backbone}, ${count} steps of lengths 4 … 64, memory held: ${residentMiB.join(', ')} MiB`);
  return residentMiB;
}

const loadBefore = loadavg()[0];
const measured: Step[] = [];
for (const threads of numbers(given.threads)) {
  for (const length of numbers(given.lengths)) measured.push(...(await steps(threads, 16, length)));
  for (const batch of numbers(given.batches)) {
    // Batch 16 × 128 is among the lengths already.
    if (batch !== 16 || !numbers(given.lengths).includes(128)) measured.push(...(await steps(threads, batch, 128)));
  }
}
const memoryMiB: Record<string, readonly number[]> = {};
for (const backbone of backbones) memoryMiB[backbone] = await memory(backbone);
writeResult('scaling', {
  loadBefore,
  model: path.basename(folder),
  memorySteps: Number(given.steps),
  steps: measured,
  memoryMiB,
});
