import { describe, expect, it } from 'vitest';
import type { Engine, GradientRequest, TrainingProgram, TrainingSession } from '../../../extension/engines/engine.ts';
import { onnxEngine } from '../../../extension/engines/onnx/onnxEngine.ts';
import { defaultAdamW } from '../../../extension/engines/optimizers/adamW.ts';
import { compareSteps } from '../../../extension/engines/trials/compareSteps.ts';
import { trialRequest, tryDevice } from '../../../extension/engines/trials/deviceTrial.ts';
import { checkInt8, type Int8Form } from '../../../extension/engines/trials/int8Check.ts';
import { outlierChannels } from '../../../extension/engines/trials/outlierChannels.ts';
import { crossEntropy, gelu, input, linear, multiply, parameter } from '../../../extension/graph/ops.ts';
import type { FrozenTensor } from '../../../extension/graph/tensor.ts';
import type { Graph } from '../../../extension/graph/value.ts';
import { Random } from '../../../extension/numbers/random.ts';

const [width, hidden, classes, rows] = [32, 48, 3, 12];

const normal = (name: string, length: number): Float32Array => {
  const random = new Random(3, name);
  return Float32Array.from({ length }, () => random.nextNormal() / 3);
};

const head = { kind: 'memory', shape: [classes, hidden], data: normal('head', classes * hidden) } as const;

/** A frozen product and one that is tuned, or frozen too. */
function forward(isTuned: boolean): Graph {
  const x = input('x', 'f32', ['B', width]);
  const h = gelu(linear(x, parameter('frozen', [hidden, width], false)));
  const logits = linear(h, parameter('head', [classes, hidden], isTuned));
  return { outputs: { loss: crossEntropy(logits, input('labels', 'i64', ['B'])) } };
}

/** @param spoiled one input outshines all others, whose bytes are lost */
function program(spoiled = false): TrainingProgram {
  const frozen = normal('frozen', hidden * width);
  const graph = () => forward(true).outputs.loss!;
  if (spoiled) for (let i = 0; i < hidden; i++) frozen[i * width]! /= 3000;
  return {
    training: { outputs: { loss: multiply(graph(), input('loss_scale', 'f32', [])) } },
    evaluation: { outputs: { loss: graph() } },
    frozen: new Map([['frozen', { kind: 'memory', shape: [hidden, width], data: frozen }]]),
    trainable: [{ name: 'head', shape: [classes, hidden], group: 0 }],
    groups: [{ name: 'head', learningRate: 0.1, weightDecay: 0.1 }],
    optimizer: defaultAdamW,
    seed: 1,
    initial: { values: new Map([['head', head.data]]), slots: {} },
  };
}

function request(spoiled = false): GradientRequest {
  const data = normal('x', rows * width);
  if (spoiled) for (let row = 0; row < rows; row++) data[row * width]! *= 3000;
  return {
    step: 1,
    batches: [
      {
        x: { dtype: 'f32', shape: [rows, width], data },
        labels: {
          dtype: 'i64',
          shape: [rows],
          data: BigInt64Array.from({ length: rows }, (_, i) => BigInt(i % classes)),
        },
      },
    ],
    lossScale: 1 / rows,
  };
}

describe('the comparison of two sessions', () => {
  it('finds no difference where there is none, and the size of one where there is', async () => {
    const engine = onnxEngine('cpu');
    const same = await compareSteps(engine, program(), [{}, {}], request());
    expect(same.candidate.loss).toBe(same.reference.loss);
    expect(same.cosine).toBeCloseTo(1, 12);
    expect(same.gradientError).toBe(0);
    const int8 = await compareSteps(engine, program(), [{ backbone: 'fp32' }, { backbone: 'int8' }], request());
    expect(int8.gradientError).toBeGreaterThan(1e-4);
    expect(int8.gradientError).toBeLessThan(0.1);
    expect(1 - int8.cosine).toBeCloseTo(int8.gradientError ** 2 / 2, 3);
  });

  it('has one session open at a time, and tunes nothing while it times steps', async () => {
    const engine = onnxEngine('cpu');
    let [open, most] = [0, 0];
    const seen: (readonly (readonly [string, Float32Array])[])[] = [];
    const watched: Engine = {
      ...engine,
      async openTraining(...words): Promise<TrainingSession> {
        const session = await engine.openTraining(...words);
        most = Math.max(most, ++open);
        const close = async () => {
          open--;
          seen.push([...(await session.read()).values]);
          await session.close();
        };
        const { gradients, step } = session;
        return Object.assign(Object.create(session) as TrainingSession, {
          close,
          gradients: gradients.bind(session),
          step: step.bind(session),
        });
      },
    };
    const timing = { steps: 2, limitMs: 1000, isWorthwhile: () => true, patienceMs: () => 1000 };
    const found = await compareSteps(watched, program(), [{}, {}], request(), timing);
    expect(found).toMatchObject({ gradientError: 0 });
    expect(most).toBe(1);
    expect(open).toBe(0);
    for (const values of seen) expect(values).toEqual([...program().initial.values]);
  });

  it('is given up after the reference where the rest is not worthwhile', async () => {
    const timing = { steps: 1, limitMs: 1000, isWorthwhile: () => false, patienceMs: () => 1000 };
    const found = await compareSteps(onnxEngine('cpu'), program(), [{}, { device: 'webgpu' }], request(), timing);
    expect(found).toEqual({ referenceMs: expect.any(Number) });
  });
});

describe('the check of int8', () => {
  it('takes int8 where both backbones agree, and where one input outshines the others without it or not at all', async () => {
    const check = async (outshone: boolean, ...forms: Int8Form[]) => {
      const given = request(outshone);
      const [engine, options, tuned] = [onnxEngine('cpu'), { threads: 1 }, program(outshone)];
      const frozen = async () => new Map<string, FrozenTensor>([...tuned.frozen, ['head', head]]);
      const sample = { forward: forward(false), frozen, batches: given.batches };
      const asked = { forms, channels: () => outlierChannels(engine, options, sample) };
      const { verdict, session } = await checkInt8(engine, tuned, options, given, asked);
      expect(session !== undefined).toBe(verdict.backbone === 'int8');
      await session?.close();
      return verdict;
    };
    const good = await check(false, 'whole');
    expect(good).toMatchObject({
      backbone: 'int8',
      reason: expect.stringMatching(/^takes int8: on the first batch the/),
    });
    expect(good.outliers).toBeUndefined();
    expect((await check(true, 'whole')).backbone).toBe('fp32');
    const mended = await check(true, 'whole', 'without-outliers');
    expect(mended.backbone).toBe('int8');
    expect(mended.outliers!.frozen).toContain(0);
    expect(mended.outliers!.frozen).toHaveLength(width / 4);
  });
});

describe('the trial of a device', () => {
  it('travels as plain data, and is over on the CPU where the whole run is short', async () => {
    const trial = trialRequest('webgpu', program(), { expectedSteps: 3 }, request());
    const found = await tryDevice(structuredClone(trial));
    expect(found).toEqual({ cpuSeconds: expect.any(Number) });
  });
});
