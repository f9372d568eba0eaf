/** A contender of bench/shapes.ts: whole steps of our executor, with the backbone that is named. */
import { createInterface } from 'node:readline';
import type { Backbone } from '../extension/trainer/executor.ts';
import { onnxExecutor } from '../extension/trainer/onnx/executor.ts';
import { firstValues } from '../extension/trainer/session/tuning.ts';
import { fullBatch, openWeightsForTwoClasses, planLnTuning } from './lnTuning.ts';

const [backbone, folder, batch, length, threads] = process.argv.slice(2);
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
const feeds = fullBatch(Number(batch), Number(length));
let step = 0;
for await (const _ of createInterface({ input: process.stdin })) {
  const started = performance.now();
  const lossScale = 1 / Number(batch);
  await executor.step({ step: ++step, batches: [feeds], lossScale, schedule: 1, maxGradientNorm: 1 });
  const ms = performance.now() - started;
  console.log(JSON.stringify({ ms, peakMiB: process.resourceUsage().maxRSS / 1024 }));
}
await executor.close();
