import { afterEach, describe, expect, it } from 'vitest';
import type {
  OpenOptions,
  TrainableState,
  TrainingProgram,
  TrainingSession,
} from '../../../extension/engines/engine.ts';
import { onnxEngine } from '../../../extension/engines/onnx/onnxEngine.ts';
import { defaultAdamW } from '../../../extension/engines/optimizers/adamW.ts';
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
import type { Feeds } from '../../../extension/graph/tensor.ts';
import { Random } from '../../../extension/numbers/random.ts';
import { testDevice } from '../../support/testDevice.ts';

const width = 8;
const classes = 3;

/** Frozen linear → gelu → dropout → layer norm (tuned) → linear (tuned) → cross entropy. */
function program(options: { rate?: number } = {}): TrainingProgram {
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
    optimizer: defaultAdamW,
    seed: 11,
    initial: initial(),
  };
}

function initial(): TrainableState & { readonly values: Map<string, Float32Array> } {
  const random = new Random(6, 'head');
  const values = new Map([
    ['norm.weight', new Float32Array(width).fill(1)],
    ['norm.bias', new Float32Array(width)],
    ['head.weight', Float32Array.from({ length: classes * width }, () => random.nextNormal() * 0.1)],
    ['head.bias', new Float32Array(classes)],
  ]);
  return { values, slots: {} };
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

/** Takes steps first … last on batches of different sizes and returns their results. */
async function train(session: TrainingSession, first: number, last: number) {
  const results = [];
  for (let step = first; step <= last; step++) {
    results.push(await session.step(request(step, [batch(step, 4 + (step % 3) * 6), batch(step + 100, 5)])));
  }
  return results;
}

describe('training on the onnx engine', () => {
  let open: TrainingSession[] = [];
  const create = async ({ rate = 0, ...options }: OpenOptions & { rate?: number } = {}, state?: TrainableState) => {
    const changed = { ...program({ rate }), ...(state && { initial: state }) };
    const session = await onnxEngine(testDevice).openTraining(changed, { threads: 1, ...options });
    open.push(session);
    return session;
  };
  afterEach(async () => {
    for (const session of open) await session.close();
    open = [];
  });

  it('learns: the loss of a small classifier falls well below chance', async () => {
    const session = await create();
    const losses: number[] = [];
    for (let step = 1; step <= 150; step++)
      losses.push((await session.step(request(step, [batch(step % 10, 16)]))).loss);
    expect(losses[0]).toBeGreaterThan(0.9);
    expect(losses.at(-1)).toBeLessThan(0.35);
    const { loss, logits } = (await session.run('evaluation', batch(3, 16))).outputs;
    expect((loss!.data[0]! as number) / 16).toBeLessThan(0.35);
    expect(logits!.shape).toEqual([16, classes]);
  });

  it('adds up micro-batches to the gradient of the whole batch', async () => {
    const whole = batch(1, 12);
    const part = (from: number, to: number): Feeds => ({
      x: {
        dtype: 'f32',
        shape: [to - from, width],
        data: (whole.x!.data as Float32Array).slice(from * width, to * width),
      },
      labels: { dtype: 'i64', shape: [to - from], data: (whole.labels!.data as BigInt64Array).slice(from, to) },
    });
    const together = await create();
    const apart = await create();
    const expected = await together.step(request(1, [whole]));
    const found = await apart.step(request(1, [part(0, 5), part(5, 6), part(6, 12)]));
    expect(found.loss).toBeCloseTo(expected.loss, 6);
    expect(found.gradientNorm).toBeCloseTo(expected.gradientNorm, 6);
    const [a, b] = await Promise.all([together.read(), apart.read()]);
    for (const [name, values] of a.slots.moment1!) {
      for (const [i, value] of values.entries()) expect(b.slots.moment1!.get(name)![i]).toBeCloseTo(value, 7);
    }
  });

  it("clips the global norm and applies each group's rate and the schedule", async () => {
    const session = await create();
    const { gradientNorm } = await session.step({
      ...request(1, [batch(1, 8)]),
      maxGradientNorm: 0.01,
      schedule: 0.5,
    });
    const after = await session.read();
    const squares = [...after.slots.moment1!.values()]
      .flatMap((m) => [...m])
      .reduce((total, m) => total + (m / 0.1) ** 2, 0);
    expect(gradientNorm).toBeGreaterThan(0.1);
    expect(Math.sqrt(squares)).toBeCloseTo(0.01, 5);
    // The first update of Adam moves every value by the rate; the norm's group has no decay.
    const moved = after.values.get('norm.bias')!.map(Math.abs);
    for (const distance of moved) expect(distance).toBeCloseTo(0.5 * 1e-2, 4);
    const head = after.values.get('head.bias')!.map(Math.abs);
    for (const distance of head) expect(distance).toBeCloseTo(0.5 * 2e-2, 4);
  });

  it('updates nothing when the loss or a gradient is not finite', async () => {
    const session = await create();
    await train(session, 1, 2);
    const before = await session.read();
    const broken = batch(1, 4);
    (broken.x!.data as Float32Array)[3] = Number.NaN;
    const { gradientNorm } = await session.step(request(3, [batch(2, 4), broken]));
    expect(gradientNorm).toBeNaN();
    const overflow = await session.step({ ...request(3, [batch(2, 4)]), lossScale: 3e38 });
    expect(Number.isFinite(overflow.gradientNorm)).toBe(false);
    expect(await session.read()).toEqual(before);
  });

  it('tunes only the numbers that are named, as the whole tensor would be: their moments alone are kept', async () => {
    const only = [1, 4, 5];
    const narrow = (state: TrainableState = initial()) => ({
      ...program(),
      trainable: program().trainable.map((tensor) => (tensor.name === 'norm.weight' ? { ...tensor, only } : tensor)),
      groups: program().groups.map((group) => ({ ...group, weightDecay: 0.1 })),
      initial: state,
    });
    const opened = async (changed: TrainingProgram) => {
      const session = await onnxEngine(testDevice).openTraining(changed, { threads: 1 });
      open.push(session);
      return session;
    };
    const whole = await opened({ ...narrow(), trainable: program().trainable });
    const some = await opened(narrow());
    const [batches, unclipped] = [[batch(1, 8), batch(2, 5)], { maxGradientNorm: undefined }];
    const [all, own] = [
      (await whole.gradients(request(1, batches))).gradients.get('norm.weight')!,
      (await some.gradients(request(1, batches))).gradients,
    ];
    expect(own.get('norm.weight')).toEqual(all.map((value, i) => (only.includes(i) ? value : 0)));
    const { gradientNorm } = await some.step({ ...request(1, batches), ...unclipped });
    await whole.step({ ...request(1, batches), ...unclipped });
    const square = [...own.values()].flatMap((values) => [...values]).reduce((sum, value) => sum + value * value, 0);
    expect(gradientNorm).toBeCloseTo(Math.sqrt(square), 6);
    const [wide, found] = [await whole.read(), await some.read()];
    const values = wide.values.get('norm.weight')!;
    expect(found.values.get('norm.weight')).toEqual(values.map((value, i) => (only.includes(i) ? value : 1)));
    for (const slot of ['moment1', 'moment2']) {
      const moments = wide.slots[slot]!.get('norm.weight')!;
      expect(found.slots[slot]!.get('norm.weight')).toEqual(Float32Array.from(only, (place) => moments[place]!));
    }
    const later = await train(some, 2, 4);
    const again = await opened(narrow(found));
    expect(await train(again, 2, 4)).toEqual(later);
    expect(await again.read()).toEqual(await some.read());
    expect((await again.read()).values.get('norm.weight')![0]).toBe(1);
    await expect(opened(narrow({ ...found, slots: wide.slots }))).rejects.toThrow(
      'norm.weight: moment1 must have the shape [3], got 8 elements',
    );
  });

  it('continues to the bit where it was stopped, with dropout', async () => {
    const whole = await create({ rate: 0.2 });
    const expected = await train(whole, 1, 8);
    const first = await create({ rate: 0.2 });
    await train(first, 1, 3);
    // Only the tensors travel: masks come from seed and step, whatever batches a process has seen before.
    const second = await create({ rate: 0.2 }, await first.read());
    expect(await train(second, 4, 8)).toEqual(expected.slice(3));
    expect(await second.read()).toEqual(await whole.read());
  });

  it('draws other masks at every step and none when evaluating', async () => {
    const session = await create({ rate: 0.5 });
    const losses = new Set<number>();
    const frozenRates = { ...request(1, [batch(1, 8)]), schedule: 0 };
    for (let step = 1; step <= 5; step++) losses.add((await session.step({ ...frozenRates, step })).loss);
    expect(losses.size).toBe(5);
    const plain = await create();
    const [a, b] = [await session.run('evaluation', batch(1, 8)), await plain.run('evaluation', batch(1, 8))];
    expect(a).toEqual(b);
  });

  it('gives copies and takes them back', async () => {
    const session = await create();
    await train(session, 1, 2);
    const saved = await session.read();
    const kept = structuredClone(saved);
    const next = await train(session, 3, 4);
    expect(saved).toEqual(kept);
    await session.write(saved);
    expect(await train(session, 3, 4)).toEqual(next);
    await session.write({ ...saved, slots: {} });
    const { moment1 } = (await session.read()).slots;
    expect([...moment1!.values()].flatMap((m) => [...m]).every((m) => m === 0)).toBe(true);
  });

  it('gives the same results with weights laid out for many steps', async () => {
    const [few, many] = [await create(), await create({ expectedSteps: 10_000 })];
    const [a, b] = [await train(few, 1, 3), await train(many, 1, 3)];
    for (const [i, { loss }] of a.entries()) expect(b[i]!.loss).toBeCloseTo(loss, 5);
  });

  it('uses no more memory after thousands of steps', async () => {
    const session = await create({ rate: 0.1 });
    await train(session, 1, 500);
    const before = process.memoryUsage().rss;
    await train(session, 501, 2500);
    // The host's own heap breathes by 20 to 30 MiB; keeping 20 KiB of each of the 4000 runs would show.
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(64);
  });

  it('says what does not fit', async () => {
    const base = program();
    const fails = (change: Partial<TrainingProgram>, options: OpenOptions = {}) =>
      expect(onnxEngine(testDevice).openTraining({ ...base, ...change }, options)).rejects;
    await fails({}, { device: 'cuda' }).toThrow(
      /^device: cuda needs onnxruntime's CUDA provider, which the extension does not include, and an NVIDIA GPU, got .*Failed to load shared library; use device: webgpu, executor: torch with a Python that has torch, or device: cpu$/,
    );
    await fails({ frozen: new Map() }).toThrow('frozen: the graph needs frozen values f32[8,8], got none');
    const small = new Map([['frozen', { kind: 'memory', data: new Float32Array(8), shape: [8] } as const]]);
    await fails({ frozen: small }).toThrow('frozen: the graph needs frozen values f32[8,8], got f32[8]');
    await fails({ trainable: base.trainable.slice(1) }).toThrow(
      'norm.weight: the graph wants to tune it, got no values',
    );
    const { values } = initial();
    values.set('extra', new Float32Array(2));
    const extra = { name: 'extra', shape: [2], group: 0 };
    await fails({ trainable: [extra], initial: { ...initial(), values } }).toThrow(
      'extra: is to be tuned but has no part in the loss',
    );
    await fails({ initial: { values: new Map([['norm.weight', new Float32Array(3)]]), slots: {} } }).toThrow(
      'norm.weight: values must have the shape [8], got 3 elements',
    );

    const session = await create();
    const step = (feeds: Feeds) => expect(session.step(request(1, [{ ...batch(1, 4), ...feeds }]))).rejects;
    const labels = (shape: number[]) => ({ dtype: 'i64', shape, data: new BigInt64Array(shape[0]!) }) as const;
    await step({ labels: labels([3]) }).toThrow('labels: the graph needs i64[B] with B = 4, got i64[3]');
    await step({ x: labels([4, 8]) }).toThrow('x: the graph needs f32[B,8], got i64[4,8]');
  });
});
