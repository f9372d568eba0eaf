/**
 * Where a training step's time goes, by kind of operation, and what is done before the first one:
 * `node scripts/run.mjs bench/profile.ts LAYERS×WIDTH | MODEL_FOLDER [batch] [length] [steps]`.
 * LN-tuning with pooler and classifier trained, two classes, no dropout, all rows of full length.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { lowerGraph } from '../extension/engines/onnx/lowerGraph.ts';
import { InferenceSession, Tensor } from '../extension/engines/onnx/native/engine.ts';
import { placeWeights } from '../extension/engines/onnx/weights/weights.ts';
import { defaultAdamW } from '../extension/engines/optimizers/adamW.ts';
import { gradients } from '../extension/graph/gradients.ts';
import { type Node, topological } from '../extension/graph/node.ts';
import { firstValues } from '../extension/training/plan/tuning.ts';
import { fullBatch, openWeightsForTwoClasses, planLnTuning, writeRandomBert } from './lnTuning.ts';

const [subject = '6×384', batchText = '16', lengthText = '128', stepsText = '10'] = process.argv.slice(2);
const [batch, length, steps] = [Number(batchText), Number(lengthText), Number(stepsText)];
const warmUpSteps = 2;
const scratch = mkdtempSync(path.join(tmpdir(), 'peft-lab-bench-'));

async function timed<T>(name: string, run: () => T | Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await run();
  console.log(`${name.padEnd(34)} ${(performance.now() - started).toFixed(0).padStart(6)} ms`);
  return result;
}

/** Milliseconds per step by kind of operation, from the engine's own profile; steps of warm-up are left out. */
function byOperation(file: string): readonly (readonly [string, number])[] {
  const events = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly cat: string;
    readonly name: string;
    readonly ts: number;
    readonly dur: number;
    readonly args?: { readonly op_name?: string };
  }[];
  const runs = events.filter(({ name }) => name === 'model_run').sort((a, b) => a.ts - b.ts);
  const from = runs[warmUpSteps]!.ts;
  const total = new Map<string, number>();
  for (const { cat, name, ts, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time') || ts < from || !args?.op_name) continue;
    total.set(args.op_name, (total.get(args.op_name) ?? 0) + dur / 1000 / steps);
  }
  return [...total].sort(([, a], [, b]) => b - a);
}

try {
  const size = /^(\d+)[×x](\d+)$/.exec(subject);
  if (size) await writeRandomBert(scratch, Number(size[1]), Number(size[2]));
  const folder = size ? scratch : subject;
  console.log(`${size ? subject : path.basename(folder)}, batch ${batch} × length ${length}`);
  const weights = await timed('read config and weight headers', () => openWeightsForTwoClasses(folder));
  const tuning = await timed('write down the graphs', () => planLnTuning(weights));
  const { values } = await timed('first values', () => firstValues(tuning, weights, 1));
  const model = await timed('gradients and lowering to ONNX', async () => {
    const loss = tuning.graphs.training.outputs.loss!;
    const parameters = new Map(
      topological([loss])
        .filter((node): node is Node<'parameter'> => node.op === 'parameter')
        .map((node) => [node.attributes.name, node.outputs.y]),
    );
    const found = gradients(
      loss,
      tuning.trainable.map(({ name }) => parameters.get(name)!),
    );
    const named = found.map((gradient, i) => [tuning.trainable[i]!.name, gradient] as const);
    const placements = placeWeights(await weights.frozen(tuning.frozen));
    const outputs = { loss, ...Object.fromEntries(named.map(([name, value]) => [`d ${name}`, value])) };
    return { ...lowerGraph({ outputs }, placements), folder: placements.folder };
  });
  const session = await timed('session, weights laid out', () =>
    InferenceSession.create(model.bytes, {
      enableMemPattern: false,
      enableProfiling: true,
      profileFilePrefix: path.join(scratch, 'profile'),
      extra: { session: { force_spinning_stop: '1', model_external_initializers_file_folder_path: model.folder } },
    }),
  );

  const feeds: Record<string, Tensor> = {};
  for (const { name, shape } of tuning.trainable) feeds[name] = new Tensor('float32', values.get(name)!, [...shape]);
  const batchFeeds = fullBatch(batch, length);
  for (const { attributes } of model.inputs) {
    const feed = batchFeeds[attributes.name];
    feeds[attributes.name] = feed
      ? new Tensor('int64', feed.data as BigInt64Array, feed.shape)
      : new Tensor('float32', Float32Array.of(1 / batch), []);
  }
  const samples: number[] = [];
  for (let step = 0; step < warmUpSteps + steps; step++) {
    const started = performance.now();
    await session.run(feeds);
    if (step >= warmUpSteps) samples.push(performance.now() - started);
  }
  samples.sort((a, b) => a - b);
  const tensors = tuning.trainable.map(({ name }) => {
    const data = values.get(name)!;
    return { values: data, slots: defaultAdamW.init(data.length) };
  });
  const update = { step: 1, learningRate: 1e-3, weightDecay: 0, gradientFactor: 1 };
  await timed('one optimizer step', () => {
    for (const { values, slots } of tensors) defaultAdamW.update(values, values, slots, update);
  });

  session.endProfiling();
  const [median, least, most] = [samples[samples.length >> 1]!, samples[0]!, samples.at(-1)!];
  console.log(
    `\nforward and backward, ${steps} steps: median ${median.toFixed(0)} ms (${least.toFixed(0)} … ${most.toFixed(0)})`,
  );
  const file = readdirSync(scratch).find((name) => name.startsWith('profile'))!;
  const rows = byOperation(path.join(scratch, file));
  const all = rows.reduce((sum, [, ms]) => sum + ms, 0);
  for (const [operation, ms] of rows.slice(0, 14)) {
    console.log(
      `  ${operation.padEnd(26)} ${ms.toFixed(1).padStart(8)} ms ${((100 * ms) / all).toFixed(1).padStart(5)} %`,
    );
  }
  console.log(`peak memory of the process ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
  await session.release();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
