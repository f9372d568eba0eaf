import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, TrainingProgram, TrainingSession } from '../../extension/engines/engine.ts';
import { onnxEngine } from '../../extension/engines/onnx/onnxEngine.ts';
import { globalNorm } from '../../extension/engines/optimizers/clipping.ts';
import { openTorch } from '../../extension/engines/torch/torchEngine.ts';
import { programCommand } from '../../extension/engines/torch/torchProgram.ts';
import type { TaskName } from '../../extension/tasks/registry.ts';
import type { Batch } from '../../extension/tasks/task.ts';
import { encoderFamilies } from '../support/encoderFamilies.ts';
import { programOf } from './executorProgram.ts';
import { Peer, python } from './peer.ts';
import { sentences } from './sentences.ts';
import { isKeyBias, largestDifference, norm, Subject, type SubjectOptions } from './subject.ts';

/** Every method with the options that change its formula, the presets, and unions. */
const methods = [
  'ln-tuning',
  'ln-tuning: {terms: [gain], norms: [attention, embedding]}',
  'ln-tuning: {terms: [bias], layers: 1}',
  'bitfit',
  'lora',
  'lora: {rank: 3, alpha: 5, targets: [query, key, value, output, up, down], layers: 0}',
  'ia3',
  'ia3: {attention_output: true}',
  'prefix: {length: 3}',
  'prefix: {length: 3, positions: unchanged}',
  'prefix: {length: 3, mlp: true, mlp_width: 12}',
  'adapter',
  'adapter: {at: attention, bottleneck: 4, activation: gelu}',
  'adapter: {at: [attention, ffn], placement: parallel, activation: swish}',
  'adapter: {at: attention, placement: parallel, scale: 2.5, activation: tanh}',
  'houlsby: {train_norms: true}',
  'mam: {length: 3}',
  'unified: {length: 3}',
  'full',
  'head-only',
  '[{adapter: {at: ffn}}, {adapter: {at: ffn, placement: parallel}}, {prefix: {length: 3}}, lora, ia3, {bitfit: {norm_biases: false}}, ln-tuning]',
];

let torch: Engine;
let peer: Peer;
const folders = new Map<string, string>();
beforeAll(async () => {
  peer = new Peer();
  for (const family of encoderFamilies) {
    for (const head of ['sequence', 'token', 'masked-lm']) {
      const folder = peer.path(`${family}-${head}`);
      await peer.ask('make', { folder, family, head, labels: 3, seed: 12 });
      folders.set(`${family}-${head}`, folder);
    }
  }
  torch = await openTorch(programCommand({ python: python(), foundBy: 'the test' }, process.env), 'cpu');
});
afterAll(async () => {
  await torch.close();
  await peer.close();
});

async function openBoth(
  subject: Subject,
  change: Partial<TrainingProgram> = {},
): Promise<{ onnx: TrainingSession; torch: TrainingSession }> {
  const program = await programOf(subject, change);
  const open = (engine: Engine) => engine.openTraining(program, { threads: 1 });
  return { onnx: await open(onnxEngine()), torch: await open(torch) };
}

/** Evaluates a batch and takes its gradients. */
async function gradientsOf(session: TrainingSession, { feeds }: Batch) {
  const { outputs } = await session.run('evaluation', feeds);
  const { loss, gradients } = await session.gradients({ step: 1, batches: [feeds], lossScale: 0.25 });
  const gradientNorm = globalNorm(gradients.values());
  return { loss, evaluated: Number(outputs.loss!.data[0]), gradientNorm, logits: outputs.logits!, gradients };
}

async function compare(options: SubjectOptions): Promise<void> {
  const subject = await Subject.open(options);
  const batch = subject.batch(sentences.slice(0, 6), 20);
  const both = await openBoth(subject);
  const expected = await gradientsOf(both.onnx, batch);
  const found = await gradientsOf(both.torch, batch);
  for (const session of [both.onnx, both.torch]) await session.close();

  expect(Math.abs(found.loss / expected.loss - 1), 'loss').toBeLessThan(1e-5);
  expect(Math.abs(found.evaluated / expected.evaluated - 1), 'evaluated loss').toBeLessThan(1e-5);
  expect(Math.abs(found.gradientNorm / expected.gradientNorm - 1), 'norm').toBeLessThan(1e-4);
  expect(found.logits.shape).toEqual(expected.logits.shape);
  const mask = batch.feeds.labels!.shape.length === 2 ? (batch.feeds.attention_mask!.data as BigInt64Array) : undefined;
  const logits = expected.logits.data as Float32Array;
  const scale = Math.max(1, ...logits.map(Math.abs));
  expect(largestDifference(found.logits.data as Float32Array, logits, mask) / scale, 'logits').toBeLessThan(1e-5);
  expect([...found.gradients.keys()]).toEqual([...expected.gradients.keys()]);
  for (const [name, gradient] of expected.gradients) {
    const error = norm(found.gradients.get(name)!.map((value, i) => value - gradient[i]!));
    // A key's bias beside no prefix has no gradient but rounding: there, and only there, the whole is the measure.
    const measure = isKeyBias(name) ? Math.max(norm(gradient), 0.01 * expected.gradientNorm) : norm(gradient);
    expect(measure, name).toBeGreaterThan(0);
    expect(error / measure, name).toBeLessThan(1e-4);
  }
}

describe.each(encoderFamilies)('%s: both engines have the same gradients', (family) => {
  it.each(methods)('%s', (text) =>
    compare({ folder: folders.get(`${family}-sequence`)!, task: 'classification', methods: text }),
  );

  it.each<[TaskName, string, string]>([
    ['regression', 'sequence', 'unified: {length: 3}'],
    ['token-classification', 'token', 'unified: {length: 3}'],
    ['token-classification', 'token', 'full'],
    ['masked-lm', 'masked-lm', '[{mam: {length: 3}}, ln-tuning]'],
    ['masked-lm', 'masked-lm', 'full'],
  ])('%s with the %s head, %s', (task, head, text) =>
    compare({ folder: folders.get(`${family}-${head}`)!, task, methods: text }),
  );
});

describe('both engines have the same curve', () => {
  it.each(['ln-tuning', 'unified: {length: 3}', 'full'])('over 50 steps of %s', async (text) => {
    const subject = await Subject.open({
      folder: folders.get('bert-sequence')!,
      task: 'classification',
      methods: text,
    });
    const groups = subject.tuning.groups.map((group) => ({ ...group, learningRate: 3e-3, weightDecay: 0.02 }));
    const both = await openBoth(subject, { groups });
    const batches = Array.from({ length: 6 }, (_, i) => subject.batch(sentences.slice(2 * i, 2 * i + 2), 20));
    const losses: number[] = [];
    for (let step = 1; step <= 50; step++) {
      const pair = [batches[(2 * step) % 6]!, batches[(2 * step + 1) % 6]!];
      const request = {
        step,
        batches: pair.map(({ feeds }) => feeds),
        lossScale: 1 / 4,
        schedule: 1 - step / 60,
        maxGradientNorm: 0.7,
      };
      const expected = await both.onnx.step(request);
      const found = await both.torch.step(request);
      expect(Math.abs(found.loss - expected.loss), `loss at step ${step}`).toBeLessThan(1e-3);
      losses.push(found.loss);
    }
    expect(losses.at(-1)!).toBeLessThan(0.8 * losses[0]!);
    const [expected, found] = [await both.onnx.read(), await both.torch.read()];
    for (const [name, values] of expected.values) {
      // Adam walks at random where the gradient is rounding alone.
      if (isKeyBias(name)) continue;
      const start = subject.values.get(name)!;
      const way = norm(values.map((value, i) => value - start[i]!));
      expect(norm(found.values.get(name)!.map((value, i) => value - values[i]!)) / way, name).toBeLessThan(2e-2);
    }
    await both.onnx.close();
  });
});
