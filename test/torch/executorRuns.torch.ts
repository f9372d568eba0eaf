import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openSafetensors, readFloats } from '../../extension/checkpoint/format/safetensors.ts';
import type { TrainingSession } from '../../extension/engines/engine.ts';
import { Peer } from '../../extension/engines/torch/peer.ts';
import { openTorch } from '../../extension/engines/torch/torchEngine.ts';
import { chooseEngine } from '../../extension/runs/folder/engineChoice.ts';
import { openWork } from '../../extension/training/work.ts';
import { adapterBytes, attempt, createRun, smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { programOf } from './executorProgram.ts';
import { python } from './peer.ts';
import { sentences } from './sentences.ts';
import { Subject } from './subject.ts';

const training = { epochs: 2, batch_size: 8, checkpoint_steps: 2, dropout: 0 };
const torch = { executor: 'torch', device: 'cpu', threads: 1 };
const onnx = { executor: 'onnx', device: 'cpu', threads: 1 };

async function adapter(folder: string): Promise<ReadonlyMap<string, Float32Array>> {
  const file = await openSafetensors(path.join(folder, 'adapter', 'adapter.safetensors'));
  const names = [...file.entries.keys()];
  return new Map(await Promise.all(names.map(async (name) => [name, await readFloats(file, name)] as const)));
}

/** Largest difference of two runs' tuned tensors. */
async function difference(a: string, b: string): Promise<number> {
  const [first, second] = [await adapter(a), await adapter(b)];
  expect([...first.keys()]).toEqual([...second.keys()]);
  const worst = [...first].map(([name, values]) =>
    Math.max(...values.map((value, i) => Math.abs(value - second.get(name)![i]!))),
  );
  return Math.max(...worst);
}

describe('a run on torch', () => {
  it('ends with the same bits in a program that has trained others before', async () => {
    const folder = temporaryFolder();
    const started = vi.spyOn(Peer, 'start');
    const opened = await openWork();
    for (const seed of [1, 2]) {
      const config = smallConfig(folder, {
        methods: ['unified'],
        training: { ...training, seed, dropout: 0.1 },
        ...torch,
      });
      const [alone, shared] = [await createRun(config), await createRun(config)];
      await attempt(shared, false, undefined, opened);
      await attempt(alone, false);
      expect(adapterBytes(shared).equals(adapterBytes(alone))).toBe(true);
    }
    await opened.close();
    expect(started).toHaveBeenCalledTimes(3);
    started.mockRestore();
  });

  it('ends where the same run on onnx ends, and one that changes executor midway too', async () => {
    const folder = temporaryFolder();
    const whole = new Map<string, string>();
    for (const engine of [onnx, torch]) {
      const run = await createRun(smallConfig(folder, { methods: ['unified'], training, ...engine }));
      const { outcome, events } = await attempt(run, false);
      expect(outcome).toEqual({ state: 'finished', step: 10 });
      expect(events[0]).toMatchObject({ type: 'hello', executor: engine.executor, device: 'cpu' });
      whole.set(engine.executor, run);
    }
    expect(await difference(whole.get('onnx')!, whole.get('torch')!)).toBeLessThan(1e-4);

    for (const [first, second] of [
      [onnx, torch],
      [torch, onnx],
    ] as const) {
      const run = await createRun(smallConfig(folder, { methods: ['unified'], training, ...first }));
      await attempt(run, false, 5);
      chooseEngine(run, { executor: second.executor });
      const { outcome, events } = await attempt(run, true);
      expect(outcome).toEqual({ state: 'finished', step: 10 });
      expect(events[0]).toMatchObject({ type: 'hello', executor: second.executor });
      expect(await difference(run, whole.get('onnx')!)).toBeLessThan(1e-4);
    }
  });

  it('goes on to the same numbers after a stop, with dropout', async () => {
    const config = smallConfig(temporaryFolder(), { training: { ...training, dropout: 0.2 }, ...torch });
    const [whole, stopped, plain] = [
      await createRun(config),
      await createRun(config),
      await createRun(config, ['training.dropout=0']),
    ];
    await attempt(whole, false);
    await attempt(stopped, false, 3);
    await attempt(stopped, true);
    expect(await difference(whole, stopped)).toBe(0);
    await attempt(plain, false);
    expect(await difference(whole, plain)).toBeGreaterThan(1e-4);
  });

  it('fails on a missing CUDA device before it reads data, and leaves its folder whole', async () => {
    const run = await createRun(smallConfig(temporaryFolder(), { training, executor: 'torch', device: 'cuda' }));
    const before = readdirSync(run);
    await expect(attempt(run, false)).rejects.toThrow(
      /^device: cuda needs a CUDA device, got torch .*use device: cpu$/,
    );
    expect(readdirSync(run)).toEqual(before);
  });

  it('takes onnx for executor: auto where there is no CUDA device', async () => {
    const run = await createRun(smallConfig(temporaryFolder(), { training, executor: 'auto' }));
    expect(JSON.parse(readFileSync(path.join(run, 'run.json'), 'utf8'))).toMatchObject({
      executor: 'onnx',
      config: { executor: 'onnx' },
    });
  });
});

describe('the torch program', () => {
  const programFolder = path.resolve('extension/engines/torch/python');

  it('splits batches that do not fit into memory: the step is the same', async () => {
    const folder = path.resolve('examples/model');
    const subject = await Subject.open({ folder, task: 'classification', methods: 'ln-tuning' });
    const batches = [subject.batch(sentences.slice(0, 7), 20), subject.batch(sentences.slice(7, 9), 20)];
    const program = await programOf(subject);
    const open = async (rows: number) => {
      const command = {
        program: python(),
        arguments: [path.resolve('test/torch/oomProgram.py'), programFolder, String(rows), 'cuda'],
        environment: process.env,
      };
      const engine = await openTorch(command, 'cpu');
      const session = await engine.openTraining(program, { threads: 1 });
      return { engine, session };
    };
    const step = {
      ...{ step: 1, lossScale: 1 / 9, schedule: 1, maxGradientNorm: 1 },
      batches: batches.map(({ feeds }) => feeds),
    };
    const opened = [await open(100), await open(2), await open(0)] as const;
    const [large, small, none] = opened.map(({ session }) => session) as [
      TrainingSession,
      TrainingSession,
      TrainingSession,
    ];
    const expected = await large.step(step);
    expect(expected.warning).toBeUndefined();
    const found = await small.step(step);
    expect(found.loss).toBeCloseTo(expected.loss, 5);
    expect(found.gradientNorm).toBeCloseTo(expected.gradientNorm, 4);
    expect(found.warning).toEqual({
      code: 'memory',
      message:
        'batches of 7 rows do not fit into the memory of the device and are computed in 4 parts; batch_size: 2 with gradient_accumulation: 8 gives the same result without trying larger ones first',
    });
    // Said once.
    expect((await small.step({ ...step, step: 2 })).warning).toBeUndefined();
    await small.write(await large.read());
    const evaluate = (session: TrainingSession) => session.run('evaluation', batches[0]!.feeds);
    const judged = [await evaluate(large), await evaluate(small)] as const;
    for (const name of ['loss', 'logits'] as const) {
      const [whole, parts] = judged.map(({ outputs }) => outputs[name]!);
      expect(parts!.shape).toEqual(whole!.shape);
      for (const [i, value] of whole!.data.entries()) expect(parts!.data[i]).toBeCloseTo(Number(value), 4);
    }
    await expect(evaluate(none)).rejects.toThrow(/^device: a batch of one row must fit/);
    await expect(none.step(step)).rejects.toThrow(
      /^device: a batch of one row must fit into the memory of cpu, got inputs of shape \[7, \d+\] \(CUDA out of memory\. Tried to allocate 20\.00 MiB\.\); lower data\.max_length/,
    );
    for (const { engine } of opened) await engine.close();
  });

  it('goes on with as many parts and the loss scale that were found, so that dropout and gradients are the same', async () => {
    const folder = path.resolve('examples/model');
    const subject = await Subject.open({ folder, task: 'classification', methods: 'ln-tuning', dropout: 0.3 });
    const program = await programOf(subject);
    const open = async () => {
      const command = {
        program: python(),
        arguments: [path.resolve('test/torch/oomProgram.py'), programFolder, '4', 'cuda'],
        environment: process.env,
      };
      const engine = await openTorch(command, 'cpu');
      return { engine, session: await engine.openTraining(program, { threads: 1, precision: 'fp16' }) };
    };
    // The first has more rows than fit, and overflows; the second fits as a whole.
    const steps = [7, 3].map((rows, i) => ({
      ...{ step: i + 1, lossScale: i === 0 ? 2 ** 12 : 1 / rows, schedule: 1, maxGradientNorm: 1 },
      batches: [subject.batch(sentences.slice(0, rows), 20).feeds],
    }));
    const [whole, resumed] = [await open(), await open()];
    await whole.session.step(steps[0]!);
    const between = await whole.session.read();
    expect(between.settled).toMatchObject({ parts: 2, goodSteps: 1 });
    expect(between.settled!.lossScale).toBeLessThan(2 ** 16);
    await resumed.session.write(between);
    const results = [await whole.session.step(steps[1]!), await resumed.session.step(steps[1]!)];
    expect(results[1]).toEqual(results[0]);
    expect(await resumed.session.read()).toEqual(await whole.session.read());
    for (const { engine } of [whole, resumed]) await engine.close();
  });

  it('ends when its input ends, and says what it was sent if that is no frame', async () => {
    const start = (input: string) => {
      const child = spawn(python(), ['-B', path.join(programFolder, 'run.py')], { stdio: 'pipe' });
      child.stdin.end(input);
      let errors = '';
      child.stderr.on('data', (chunk) => {
        errors += chunk;
      });
      return new Promise<{ code: number | null; errors: string }>((resolve) => {
        child.once('close', (code) => resolve({ code, errors }));
      });
    };
    expect(await start('')).toEqual({ code: 0, errors: '' });
    const garbage = await start('hello, are you there?');
    expect(garbage.code).toBe(1);
    expect(garbage.errors).toContain("the input must be frames that begin with b'PLT1', got b'hell'");
  });

  it('keeps what libraries print out of its answers', async () => {
    const folder = temporaryFolder();
    writeFileSync(
      path.join(folder, 'noisy.py'),
      `import os, sys\nsys.path.insert(0, ${JSON.stringify(programFolder)})\nfrom peft_lab_torch import program, training\n` +
        'kept = training.Training.__init__\n' +
        'def noisy(self, *given):\n    print("printed"); os.system("echo echoed"); kept(self, *given)\n' +
        'training.Training.__init__ = noisy\nprogram.main()\n',
    );
    expect(existsSync(path.join(programFolder, 'run.py'))).toBe(true);
    const subject = await Subject.open({
      folder: path.resolve('examples/model'),
      task: 'classification',
      methods: 'head-only',
    });
    const command = { program: python(), arguments: [path.join(folder, 'noisy.py')], environment: process.env };
    const engine = await openTorch(command, 'cpu');
    const session = await engine.openTraining(await programOf(subject), { threads: 1 });
    const { outputs } = await session.run('evaluation', subject.batch(sentences.slice(0, 2), 12).feeds);
    expect(outputs.logits!.shape).toEqual([2, 3]);
    await engine.close();
  });
});
