/**
 * A contender of bench/shapes.ts and bench/scaling.ts: whole steps of our executor, with the backbone that is named, at one
 * length (`128`) or at lengths that change with every step (`4-64`).
 */
import { createInterface } from 'node:readline';
import type { Backbone } from '../extension/engines/engine.ts';
import { onnxEngine } from '../extension/engines/onnx/onnxEngine.ts';
import { trainingProgram } from '../extension/training/plan/tuning.ts';
import { fullBatch, openWeightsForTwoClasses, planLnTuning } from './lnTuning.ts';

const [backbone, folder, batch, lengths, threads] = process.argv.slice(2);
const [least, most] = lengths!.split('-').map(Number) as [number, number?];
const weights = await openWeightsForTwoClasses(folder!);
const tuning = planLnTuning(weights);
const session = await onnxEngine('cpu').openTraining(
  await trainingProgram(tuning, weights, 1),
  // Many steps: weights are laid out for the processor.
  { threads: Number(threads), backbone: backbone as Backbone, expectedSteps: 1000 },
);
/** Each length of the range comes up equally often, in an order that jumps about. */
const lengthOf = (step: number): number => (most === undefined ? least : least + ((step * 29) % (most - least + 1)));
let step = 0;
for await (const _ of createInterface({ input: process.stdin })) {
  const feeds = fullBatch(Number(batch), lengthOf(++step));
  const started = performance.now();
  const lossScale = 1 / Number(batch);
  await session.step({ step, batches: [feeds], lossScale, schedule: 1, maxGradientNorm: 1 });
  const ms = performance.now() - started;
  const [peakMiB, residentMiB] = [process.resourceUsage().maxRSS / 1024, process.memoryUsage.rss() / 2 ** 20];
  console.log(JSON.stringify({ ms, peakMiB, residentMiB }));
}
await session.close();
