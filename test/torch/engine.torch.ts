import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, TrainingSession } from '../../extension/engines/engine.ts';
import { onnxEngine } from '../../extension/engines/onnx/onnxEngine.ts';
import type { Optimizer } from '../../extension/engines/optimizers/optimizer.ts';
import { add, affine, input, linear, parameter } from '../../extension/graph/ops.ts';
import type { FrozenTensor, Tensor } from '../../extension/graph/tensor.ts';
import { exampleSubject, programOf, someStep, startTorchOnCpu } from './executorProgram.ts';
import { largestDifference } from './subject.ts';

let torch: Engine;
beforeAll(async () => {
  torch = await startTorchOnCpu();
});
afterAll(() => torch.close());

const floats = (shape: readonly number[], ...values: number[]): Tensor => ({
  dtype: 'f32',
  shape,
  data: Float32Array.from(values),
});

/** cache → cache + w·x, and twice x. */
function accumulating() {
  const x = input('x', 'f32', ['B', 2]);
  const product = linear(x, parameter('w', [2, 2], false));
  return { outputs: { next: add(input('cache', 'f32', ['B', 2]), product), doubled: affine(x, 2, 0) } };
}
const frozen = new Map<string, FrozenTensor>([
  ['w', { kind: 'memory', shape: [2, 2], data: Float32Array.of(0, 1, 1, 0) }],
]);

describe('a session of torch', () => {
  it('keeps outputs on the device as inputs of the next run, and writes over kept tensors, as onnx does', async () => {
    for (const engine of [torch, onnxEngine()]) {
      const session = await engine.open({ step: accumulating() }, frozen);
      const x = floats([1, 2], 1, 10);
      const first = await session.put(floats([1, 2], 0, 0));
      const { kept, outputs } = await session.run('step', { x, cache: first }, { keep: ['next'] });
      expect(outputs).toEqual({ doubled: floats([1, 2], 2, 20) });
      const early = await kept.next!.clone();
      const again = await session.run('step', { x, cache: kept.next! }, { into: { next: kept.next! } });
      expect(again.kept.next).toBe(kept.next);
      expect(await kept.next!.fetch()).toEqual(floats([1, 2], 20, 2));
      expect(await early.fetch()).toEqual(floats([1, 2], 10, 1));
      expect(early).toMatchObject({ dtype: 'f32', shape: [1, 2] });
      for (const tensor of [first, early, kept.next!]) await tensor.release();
      await session.close();
    }
  });

  it('says which session a program does not have', async () => {
    const session = await torch.open({ step: accumulating() }, frozen);
    await session.close();
    await expect(session.run('step', { x: floats([1, 2], 1, 2), cache: floats([1, 2], 0, 0) })).rejects.toThrow(
      /a session must be opened first, got run for session \d+/,
    );
  });
});

/** Gradient descent with momentum, which torch is not told of. */
const momentum: Optimizer = {
  name: 'momentum',
  settings: {},
  init: (length) => ({ velocity: new Float32Array(length) }),
  update(values, gradient, { velocity }, { learningRate, gradientFactor }) {
    for (let i = 0; i < values.length; i++) {
      velocity![i] = 0.9 * velocity![i]! + gradient[i]! * gradientFactor;
      values[i]! -= learningRate * velocity![i]!;
    }
  },
  rest: () => {},
};

describe('training sessions of one torch program', () => {
  it('stand side by side, and give the gradients of the step that they take', async () => {
    const program = await programOf(await exampleSubject('ln-tuning'));
    const sessions = [await torch.openTraining(program), await torch.openTraining(program)] as const;
    const subject = await exampleSubject('ln-tuning');
    const before = await sessions[1].read();
    const found = await sessions[0].gradients(someStep(subject, 1));
    expect(await sessions[0].read()).toEqual(before);
    const { loss } = await sessions[0].step(someStep(subject, 1));
    expect(loss).toBe(found.loss);
    expect(await sessions[0].read()).not.toEqual(before);
    expect(await sessions[1].read()).toEqual(before);
    await sessions[0].close();
    expect((await sessions[1].step(someStep(subject, 1))).loss).toBe(loss);
    await sessions[1].close();
  });

  it('train with an optimizer that torch does not know, as onnx does', async () => {
    const subject = await exampleSubject('ln-tuning');
    const program = await programOf(subject, { optimizer: momentum });
    const train = async (session: TrainingSession) => {
      for (const step of [1, 2, 3]) await session.step(someStep(subject, step));
      const resumed = await session.read();
      await session.write(resumed);
      await session.step(someStep(subject, 4));
      const state = await session.read();
      await session.close();
      return state;
    };
    const [expected, found] = [
      await train(await onnxEngine().openTraining(program)),
      await train(await torch.openTraining(program)),
    ];
    for (const [name, values] of expected.values) {
      expect(largestDifference(found.values.get(name)!, values), name).toBeLessThan(1e-5);
      const velocity = expected.slots.velocity!.get(name)!;
      expect(largestDifference(found.slots.velocity!.get(name)!, velocity), name).toBeLessThan(1e-4);
    }
  });

  it.each(['fused', 'in this process'])('tune only the numbers that are named, as onnx does: %s', async (where) => {
    const subject = await exampleSubject('ln-tuning');
    const whole = await programOf(subject, where === 'fused' ? {} : { optimizer: momentum });
    const [first, ...others] = whole.trainable;
    const program = {
      ...whole,
      trainable: [{ ...first!, only: [0, 7, 8, 100] }, ...others],
      groups: whole.groups.map((group) => ({ ...group, weightDecay: 0.1 })),
    };
    const train = async (session: TrainingSession) => {
      const { gradients } = await session.gradients(someStep(subject, 1));
      for (const step of [1, 2]) await session.step(someStep(subject, step));
      await session.write(await session.read());
      const { gradientNorm } = await session.step(someStep(subject, 3));
      const state = await session.read();
      await session.close();
      return { state, gradientNorm, gradient: gradients.get(first!.name)! };
    };
    const expected = await train(await onnxEngine().openTraining(program));
    const found = await train(await torch.openTraining(program));
    expect(found.gradientNorm).toBeCloseTo(expected.gradientNorm, 4);
    expect(largestDifference(found.gradient, expected.gradient)).toBeLessThan(1e-5);
    for (const [name, values] of expected.state.values) {
      expect(largestDifference(found.state.values.get(name)!, values), name).toBeLessThan(
        name === first!.name ? 1e-5 : 1e-4,
      );
    }
    for (const [slot, tensors] of Object.entries(expected.state.slots)) {
      const [own, wanted] = [found.state.slots[slot]!.get(first!.name)!, tensors.get(first!.name)!];
      expect([own.length, wanted.length]).toEqual([4, 4]);
      expect(largestDifference(own, wanted), slot).toBeLessThan(1e-5);
    }
    const start = program.initial.values.get(first!.name)!;
    const now = found.state.values.get(first!.name)!;
    expect([...now.keys()].filter((i) => now[i] !== start[i])).toEqual([0, 7, 8, 100]);
  });
});
