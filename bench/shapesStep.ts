/**
 * A contender of bench/shapes.ts and bench/scaling.ts: whole steps of our executor, with the backbone that is named, at one
 * length (`128`) or at lengths that change with every step (`4-64`).
 */
import { createInterface } from 'node:readline';
import type { Backbone } from '../extension/engines/executor.ts';
import { onnxExecutor } from '../extension/engines/onnx/executor.ts';
import { firstValues } from '../extension/training/tuning.ts';
import { fullBatch, openWeightsForTwoClasses, planLnTuning } from './lnTuning.ts';

const [backbone, folder, batch, lengths, threads] = process.argv.slice(2);
const [least, most] = lengths!.split('-').map(Number) as [number, number?];
const weights = await openWeightsForTwoClasses(folder!);
const tuning = planLnTuning(weights);
const executor = await onnxExecutor.create(
  {
    ...tuning.graphs,
    trainable: tuning.trainable,
    groups: tuning.groups,
    frozen: await weights.frozen(tuning.frozen),
    optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    threads: Number(threads),
    seed: 1,
    device: 'cpu',
    backbone: backbone as Backbone,
    // Many: weights are laid out for the processor.
    expectedSteps: 1000,
  },
  await firstValues(tuning, weights, 1),
);
/** Each length of the range comes up equally often, in an order that jumps about. */
const lengthOf = (step: number): number => (most === undefined ? least : least + ((step * 29) % (most - least + 1)));
let step = 0;
for await (const _ of createInterface({ input: process.stdin })) {
  const feeds = fullBatch(Number(batch), lengthOf(++step));
  const started = performance.now();
  const lossScale = 1 / Number(batch);
  await executor.step({ step, batches: [feeds], lossScale, schedule: 1, maxGradientNorm: 1 });
  const ms = performance.now() - started;
  const [peakMiB, residentMiB] = [process.resourceUsage().maxRSS / 1024, process.memoryUsage.rss() / 2 ** 20];
  console.log(JSON.stringify({ ms, peakMiB, residentMiB }));
}
await executor.close();
