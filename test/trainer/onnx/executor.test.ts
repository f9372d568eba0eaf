import { afterEach, describe, expect, it } from 'vitest';
import {
  add,
  crossEntropy,
  dropout,
  gelu,
  input,
  layerNorm,
  linear,
  multiply,
  parameter,
} from '../../../extension/graph/ops.ts';
import type { Executor, Feeds, TrainableState, TrainingProgram } from '../../../extension/trainer/executor.ts';
import { onnxExecutor } from '../../../extension/trainer/onnx/executor.ts';
import { Random } from '../../../extension/trainer/random.ts';

const width = 8;
const classes = 3;

/** Frozen linear → gelu → dropout → layer norm (tuned) → linear (tuned) → cross entropy. */
function program(options: { rate?: number; expectedSteps?: number } = {}): TrainingProgram {
  const random = new Random(5, 'weights');
  const weight = Float32Array.from({ length: width * width }, () => random.nextNormal() / 3);
  const graph = (training: boolean) => {
    const x = input('x', 'f32', ['B', width]);
    const labels = input('labels', 'i64', ['B']);
    const hidden = gelu(linear(x, parameter('frozen', [width, width], false)));
    const rate = options.rate ?? 0;
    const dropped =
      training && rate > 0 ? dropout(hidden, input('dropout_offsets', 'i64', [1]), { rate, site: 0 }) : hidden;
    const normalized = layerNorm(
      dropped,
      parameter('norm.weight', [width], true),
      parameter('norm.bias', [width], true),
      1e-5,
    );
    const logits = linear(
      add(normalized, x),
      parameter('head.weight', [classes, width], true),
      parameter('head.bias', [classes], true),
    );
    const loss = crossEntropy(logits, labels);
    return training
      ? { outputs: { loss: multiply(loss, input('loss_scale', 'f32', [])) } }
      : { outputs: { loss, logits } };
  };
  return {
    training: graph(true),
    evaluation: graph(false),
    trainable: [
      { name: 'norm.weight', shape: [width], group: 0 },
      { name: 'norm.bias', shape: [width], group: 0 },
      { name: 'head.weight', shape: [classes, width], group: 1 },
      { name: 'head.bias', shape: [classes], group: 1 },
    ],
    groups: [
      { name: 'norm', learningRate: 1e-2, weightDecay: 0 },
      { name: 'head', learningRate: 2e-2, weightDecay: 0.01 },
    ],
    frozen: new Map([['frozen', { kind: 'memory', data: weight, shape: [width, width] }]]),
    optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    threads: 1,
    seed: 11,
    ...(options.expectedSteps === undefined ? {} : { expectedSteps: options.expectedSteps }),
  };
}

function initial(): TrainableState {
  const random = new Random(6, 'head');
  const values = new Map([
    ['norm.weight', new Float32Array(width).fill(1)],
    ['norm.bias', new Float32Array(width)],
    ['head.weight', Float32Array.from({ length: classes * width }, () => random.nextNormal() * 0.1)],
    ['head.bias', new Float32Array(classes)],
  ]);
  return { values, moment1: new Map(), moment2: new Map() };
}

function batch(index: number, size: number): Feeds {
  const random = new Random(index, 'batch');
  const data = Float32Array.from({ length: size * width }, () => random.nextNormal());
  const labels = BigInt64Array.from({ length: size }, (_, i) =>
    BigInt(data[i * width]! > 0 ? 1 : data[i * width + 1]! > 0 ? 2 : 0),
  );
  return { x: { dtype: 'f32', shape: [size, width], data }, labels: { dtype: 'i64', shape: [size], data: labels } };
}

const request = (step: number, batches: readonly Feeds[]) => ({
  step,
  batches,
  lossScale: 1 / batches.reduce((n, feeds) => n + feeds.labels!.shape[0]!, 0),
  schedule: 1,
  maxGradientNorm: 1,
});

describe('the onnx executor', () => {
  let open: Executor[] = [];
  const create = async (options: Parameters<typeof program>[0] = {}, state = initial()) => {
    const executor = await onnxExecutor.create(program(options), state);
    open.push(executor);
    return executor;
  };
  afterEach(async () => {
    for (const executor of open) await executor.close();
    open = [];
  });

  it('learns: the loss of a small classifier falls well below chance', async () => {
    const executor = await create();
    const losses: number[] = [];
    for (let step = 1; step <= 150; step++)
      losses.push((await executor.step(request(step, [batch(step % 10, 16)]))).loss);
    expect(losses[0]).toBeGreaterThan(0.9);
    expect(losses.at(-1)).toBeLessThan(0.35);
    const { loss, logits } = await executor.evaluate(batch(3, 16));
    expect((loss!.data[0]! as number) / 16).toBeLessThan(0.35);
    expect(logits!.shape).toEqual([16, classes]);
  });
});
