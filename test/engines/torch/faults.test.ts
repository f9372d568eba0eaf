import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StepRequest, TrainingProgram } from '../../../extension/engines/engine.ts';
import { defaultAdamW } from '../../../extension/engines/optimizers/adamW.ts';
import type { PeerOptions } from '../../../extension/engines/torch/peer.ts';
import { openTorch } from '../../../extension/engines/torch/torchEngine.ts';
import { crossEntropy, input, linear, multiply, parameter } from '../../../extension/graph/ops.ts';

const fake = (fate: string) => ({
  program: process.execPath,
  arguments: [path.join(import.meta.dirname, 'fakeProgram.mjs'), fate],
  environment: process.env,
});
const options: PeerOptions = { helloTimeoutMs: 60_000, closeTimeoutMs: 60_000 };

const weight = new Float32Array([1, 2, 3, 4, 5, 6]);
function program(): TrainingProgram {
  const graph = () => {
    const logits = linear(input('x', 'f32', ['B', 2]), parameter('weight', [3, 2], true));
    return { logits, loss: crossEntropy(logits, input('labels', 'i64', ['B'])) };
  };
  const [training, evaluation] = [graph(), graph()];
  return {
    training: { outputs: { loss: multiply(training.loss, input('loss_scale', 'f32', [])) } },
    evaluation: { outputs: evaluation },
    trainable: [{ name: 'weight', shape: [3, 2], group: 0 }],
    groups: [{ name: 'head', learningRate: 1e-3, weightDecay: 0 }],
    frozen: new Map(),
    optimizer: defaultAdamW,
    seed: 1,
    initial: { values: new Map([['weight', weight]]), slots: {} },
  };
}

const request: StepRequest = {
  step: 1,
  batches: [
    {
      x: { dtype: 'f32', shape: [1, 2], data: Float32Array.of(1, 2) },
      labels: { dtype: 'i64', shape: [1], data: BigInt64Array.of(2n) },
    },
  ],
  lossScale: 1,
  schedule: 1,
  maxGradientNorm: undefined,
};

async function open(fate: string, device = 'cpu') {
  const engine = await openTorch(fake(fate), device, options);
  return { engine, session: await engine.openTraining(program()) };
}

/** The message with which the first step of a program fails. */
async function failure(fate: string): Promise<string> {
  const { engine, session } = await open(fate);
  try {
    await session.step(request);
  } catch (error) {
    // Whatever is asked afterwards fails with the same cause; nothing waits for ever.
    if (fate !== 'memory' && fate !== 'internal') await expect(session.read()).rejects.toBe(error);
    return (error as Error).message;
  } finally {
    await engine.close();
  }
  throw new Error('the step did not fail');
}

describe('a torch program', () => {
  it('carries numbers both ways, NaN and infinity too', async () => {
    const { engine, session } = await open('none');
    expect(await session.step(request)).toEqual({ loss: Number.NaN, gradientNorm: 0.5 });
    const state = await session.read();
    expect(state.values.get('weight')).toEqual(weight);
    expect(state.slots.moment1!.get('weight')).toEqual(new Float32Array(6));
    await engine.close();
    await expect(session.read()).rejects.toThrow('is closed, got the request read');
  });

  it('gets batches once: ahead of their step, or with it where the step has others', async () => {
    const { engine, session } = await open('counts');
    const bytesWithStep = async (step: StepRequest) => (await session.step(step)).gradientNorm;
    session.stage(request.batches);
    expect(await bytesWithStep({ ...request, batches: [...request.batches] })).toBe(0);
    expect(await bytesWithStep(request)).toBe(16);
    session.stage(request.batches);
    const others = request.batches.map((feeds) => ({ ...feeds }));
    expect(await bytesWithStep({ ...request, batches: others })).toBe(16);
    await engine.close();
  });

  it('fails the step when it dies with batches ahead, and nothing else', async () => {
    const { engine, session } = await open('killed');
    const step = session.step(request);
    session.stage(request.batches);
    await expect(step).rejects.toThrow(/signal SIGKILL .* during step; resume/);
    await expect(session.step(request)).rejects.toThrow('during step');
    await engine.close();
  });

  it('is refused before it is used when it lacks something, with the cure', async () => {
    const refused = (fate: string, device = 'cpu') => expect(openTorch(fake(fate), device, options), fate).rejects;
    await refused('no torch').toThrow(
      "executor: torch needs the package torch in /opt/venv/bin/python (Python 3.11.7), got ModuleNotFoundError: No module named 'torch'; install it with: /opt/venv/bin/python -m pip install torch; or use executor: onnx",
    );
    await refused('old torch').toThrow(/needs torch 2\.4 or newer, got 2\.3\.1 in .*pip install torch --upgrade$/);
    await refused('broken torch').toThrow(/got OSError: libcudart.*--force-reinstall$/);
    await refused('other protocol').toThrow('must speak version 3 of the protocol, got 4');
  });

  it('computes on the device that is asked for, or says why not', async () => {
    const device = async (fate: string, asked: string) => {
      const engine = await openTorch(fake(fate), asked, options);
      await engine.close();
      return engine.device;
    };
    expect(await device('none', 'auto')).toBe('cpu');
    expect(await device('two GPUs', 'auto')).toBe('cuda:0 (GPU A)');
    expect(await device('two GPUs', 'cpu')).toBe('cpu');
    expect(await device('two GPUs', 'cuda:1')).toBe('cuda:1 (GPU B)');
    await expect(device('two GPUs', 'cuda:2')).rejects.toThrow('must be cuda:0 … cuda:1 here, got cuda:2');
    await expect(device('none', 'cuda')).rejects.toThrow(
      'device: cuda needs a CUDA device, got torch 2.13.0+cpu, which is built without CUDA; install torch for CUDA',
    );
    await expect(device('no driver', 'cuda')).rejects.toThrow('which finds no CUDA device; install');
    await expect(device('none', 'webgpu')).rejects.toThrow('the torch executor runs on cpu and cuda, got webgpu');
  });

  it('recognises a program that is no torch program', async () => {
    const refused = (command: ReturnType<typeof fake>, helloTimeoutMs = 10_000) =>
      expect(openTorch(command, 'cpu', { ...options, helloTimeoutMs })).rejects;
    await refused(fake('print')).toThrow(
      'must write frames only to its stdout, got something else (a frame must begin with "PLT1", got "Python 3.11.7 we"); find what prints there',
    );
    await refused(fake('gone')).toThrow(
      'must say hello first, got exit code 0; check that this is Python 3.9 or newer',
    );
    await refused(fake('silent'), 300).toThrow('must say hello within 0.3 s of its start, got nothing');
    const missing = { program: path.join(import.meta.dirname, 'no-such-python'), arguments: [], environment: {} };
    await refused(missing).toThrow(/no-such-python: cannot be started \(.*ENOENT\); name a Python that has torch/);
  });

  it.runIf(process.platform !== 'win32')('that is killed within a step fails the step', async () => {
    expect(await failure('killed')).toMatch(/got signal SIGKILL \(.*\) during step; resume the run to go on$/);
  });

  it('fails the step with its last words when it dies, errs or babbles', async () => {
    expect(await failure('exit')).toMatch(
      /got exit code 3 during step; .*; its last words:\n {2}\| one line\n {2}\| the last line, unfinished$/,
    );
    expect(await failure('garbage')).toMatch(
      /got something else \(a frame must begin with "PLT1", got "Downloading 100%/,
    );
    expect(await failure('other answer')).toMatch(/an answer to the request \d+, which was not made/);
    expect(await failure('internal')).toBe(
      'step: RuntimeError: shapes differ; resume the run to try again, with --executor onnx if it fails again; its last words:\n  | Traceback (most recent call last):',
    );
    expect(await failure('memory')).toBe('device: a batch of one row must fit');
  });

  it('fails the step when it falls silent without ending', async () => {
    for (const [fate, stream] of [
      ['mute', 'stdout'],
      ['deaf', 'stdin'],
    ] as const) {
      const engine = await openTorch(fake(fate), 'cpu', { ...options, closeTimeoutMs: 200 });
      const session = await engine.openTraining(program());
      const steps = async () => {
        for (;;) await session.step(request);
      };
      await expect(steps(), fate).rejects.toThrow(
        new RegExp(`must keep its ${stream} open as long as the run; resume the run to go on$`),
      );
      await engine.close();
    }
  });

  it('is killed when it does not end with its input', async () => {
    const engine = await openTorch(fake('lingers'), 'cpu', { ...options, closeTimeoutMs: 200 });
    await engine.close();
    expect(engine.isUsable).toBe(false);
  });

  it('is not sent what does not fit', async () => {
    const engine = await openTorch(fake('none'), 'cpu', options);
    const fails = (change: Partial<TrainingProgram>) =>
      expect(engine.openTraining({ ...program(), ...change })).rejects;
    await fails({ trainable: [] }).toThrow('weight: the graph wants to tune it, got no values');
    const extra = { name: 'extra', shape: [2], group: 0 };
    await fails({ trainable: [...program().trainable, extra] }).toThrow(
      'extra: is to be tuned but has no part in the loss',
    );
    await fails({ initial: { values: new Map([['weight', new Float32Array(5)]]), slots: {} } }).toThrow(
      'weight: values must have the shape [3,2], got 5 elements',
    );
    const session = await engine.openTraining(program());
    await expect(
      session.step({ ...request, batches: [{ ...request.batches[0], labels: request.batches[0]!.x! }] }),
    ).rejects.toThrow('labels: the graph needs i64[B] with B = 1, got f32[1,2]');
    await engine.close();
  });
});
