import { describe, expect, it } from 'vitest';
import type { TrainableState, TrainingProgram } from '../../../extension/engines/engine.ts';
import { onnxEngine } from '../../../extension/engines/onnx/onnxEngine.ts';
import { defaultAdamW } from '../../../extension/engines/optimizers/adamW.ts';
import {
  add,
  affine,
  crossEntropy,
  embedding,
  input,
  linear,
  multiply,
  parameter,
} from '../../../extension/graph/ops.ts';
import type { Feeds } from '../../../extension/graph/tensor.ts';
import type { Value } from '../../../extension/graph/value.ts';
import { Random } from '../../../extension/numbers/random.ts';
import { testDevice } from '../../support/testDevice.ts';

const [rows, width, classes] = [60, 8, 3];
const initial: TrainableState = {
  values: new Map([
    ['table', Float32Array.from({ length: rows * width }, (_, i) => Math.sin(i))],
    ['head', Float32Array.from({ length: classes * width }, (_, i) => Math.cos(i))],
  ]),
  slots: {},
};

/** Twice the rows of a tuned table → linear (tuned) → cross entropy. */
function program(twice: (table: Value, ids: Value) => Value, from = initial): TrainingProgram {
  const graph = (scaled: boolean) => {
    const read = twice(parameter('table', [rows, width], true), input('ids', 'i64', ['B']));
    const loss = crossEntropy(linear(read, parameter('head', [classes, width], true)), input('labels', 'i64', ['B']));
    return { outputs: { loss: scaled ? multiply(loss, input('loss_scale', 'f32', [])) : loss } };
  };
  return {
    ...{ training: graph(true), evaluation: graph(false), frozen: new Map(), initial: from },
    trainable: [
      { name: 'table', shape: [rows, width], group: 0 },
      { name: 'head', shape: [classes, width], group: 0 },
    ],
    groups: [{ name: 'all', learningRate: 1e-2, weightDecay: 0.1 }],
    ...{ optimizer: defaultAdamW, seed: 1 },
  };
}

const byRows = (table: Value, ids: Value) => affine(embedding(table, ids), 2, 0);
/** The gradient is a sum, which the engine makes for the whole table. */
const whole = (table: Value, ids: Value) => add(embedding(table, ids), embedding(table, ids));

function request(step: number) {
  const random = new Random(step, 'batch');
  const numbers = (most: number) => BigInt64Array.from({ length: 12 }, () => BigInt(random.nextInt(most)));
  const [ids, labels] = [numbers(Math.min(rows, 6 * step)), numbers(classes)];
  const batch: Feeds = {
    ids: { dtype: 'i64', shape: [12], data: ids },
    labels: { dtype: 'i64', shape: [12], data: labels },
  };
  return { step, batches: [batch], lossScale: 1 / 12, schedule: 1, maxGradientNorm: undefined };
}

const open = (...parts: Parameters<typeof program>) =>
  onnxEngine(testDevice).openTraining(program(...parts), { threads: 1 });

describe('a tuned table', () => {
  it('trains by the rows of a batch to the bits that its whole gradient gives', async () => {
    const [some, all] = [await open(byRows), await open(whole)];
    expect(await some.gradients(request(1))).toEqual(await all.gradients(request(1)));
    for (let step = 1; step <= 8; step++) {
      const [a, b] = [await some.step(request(step)), await all.step(request(step))];
      expect(a.loss).toBe(b.loss);
      expect(a.gradientNorm).toBeCloseTo(b.gradientNorm, 10);
    }
    expect(await some.read()).toEqual(await all.read());
    for (const session of [some, all]) await session.close();
  });

  it('goes on to the bit from a state that was read', async () => {
    const first = await open(byRows);
    for (let step = 1; step <= 4; step++) await first.step(request(step));
    const second = await open(byRows, await first.read());
    for (const session of [first, second]) for (let step = 5; step <= 9; step++) await session.step(request(step));
    expect(await second.read()).toEqual(await first.read());
    for (const session of [first, second]) await session.close();
  });
});
