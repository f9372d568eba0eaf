import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StepResult, TrainingSession } from '../../extension/engines/engine.ts';
import { type Processes, programCommand } from '../../extension/engines/torch/torchProgram.ts';
import { exampleSubject, openSession, programFolder, someStep, startTorchOnCpu } from './executorProgram.ts';
import { python } from './peer.ts';
import { largestDifference, type Subject } from './subject.ts';

const alone: Processes = { count: 1, torchrun: [] };

async function open(subject: Subject, processes: Processes): Promise<TrainingSession> {
  return openSession(await startTorchOnCpu(processes), subject);
}

/** Three steps, the last one with a micro-batch of a single row. */
async function train(session: TrainingSession, subject: Subject): Promise<StepResult[]> {
  const results = [];
  for (const [step, rows] of [
    [1, [7, 2]],
    [2, [4, 4]],
    [3, [5, 1]],
  ] as const) {
    results.push(await session.step(someStep(subject, step, rows)));
  }
  return results;
}

async function compare(subject: Subject, one: TrainingSession, several: TrainingSession): Promise<void> {
  const [expected, found] = [await train(one, subject), await train(several, subject)];
  for (const [i, { loss, gradientNorm }] of expected.entries()) {
    expect(Math.abs(found[i]!.loss - loss), `loss ${i}`).toBeLessThan(1e-5);
    expect(Math.abs(found[i]!.gradientNorm / gradientNorm - 1), `norm ${i}`).toBeLessThan(1e-5);
  }
  const [a, b] = [await one.read(), await several.read()];
  for (const part of ['moment1', 'moment2'] as const) {
    for (const [name, values] of a.slots[part]!) {
      expect(largestDifference(b.slots[part]!.get(name)!, values), `${part} of ${name}`).toBeLessThan(1e-5);
    }
  }
  const { feeds } = subject.batch(['Dull.', 'Warm, funny and a little sad.'], 20);
  const evaluate = (session: TrainingSession) => session.run('evaluation', feeds);
  const logits = [await evaluate(one), await evaluate(several)].map(({ outputs }) => outputs.logits!.data);
  expect(largestDifference(logits[1] as Float32Array, logits[0] as Float32Array)).toBeLessThan(1e-3);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.runIf(process.platform !== 'win32')('several processes', () => {
  it('give the result of one: 2 and 3 of them, batches that do not divide, steps after a resume', async () => {
    const subject = await exampleSubject('unified: {length: 3}');
    for (const count of [2, 3]) {
      const [one, several] = [await open(subject, alone), await open(subject, { count, torchrun: [] })];
      await compare(subject, one, several);
      await several.write(await one.read());
      const [expected, found] = [await one.step(someStep(subject, 4)), await several.step(someStep(subject, 4))];
      expect(Math.abs(found.loss - expected.loss)).toBeLessThan(1e-5);
      await one.close();
      await several.close();
    }
  });

  it('give on two machines the result of one', async () => {
    const subject = await exampleSubject('ln-tuning');
    const port = await freePort();
    const machine = (rank: number) => [
      ...['--nnodes=2', `--node-rank=${rank}`, '--master-addr=127.0.0.1', `--master-port=${port}`],
    ];
    const program = path.join(programFolder, 'run.py');
    const second = spawn(
      python(),
      ['-B', '-m', 'torch.distributed.run', '--nproc-per-node=1', ...machine(1), program],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const ended = new Promise<number | null>((resolve) => second.once('exit', resolve));
    const [one, several] = [await open(subject, alone), await open(subject, { count: 1, torchrun: machine(0) })];
    await compare(subject, one, several);
    await one.close();
    await several.close();
    // The other machine ends with the run.
    expect(await ended).toBe(0);
  });

  it('end as failed where the input is no frames', async () => {
    const {
      program,
      arguments: words,
      environment,
    } = programCommand({ python: python(), foundBy: 'the test' }, process.env, { count: 2, torchrun: [] });
    const child = spawn(program, words, { env: environment, stdio: ['pipe', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    child.stdin.end('this is no frame, whatever its length may be');
    expect(await ended).toBe(1);
    expect(said).toMatch(/ValueError: the input must be frames that begin with/);
    expect(said).not.toMatch(/SIGABRT|terminate called/);
  });

  it('fail together', async () => {
    const subject = await exampleSubject('ln-tuning');
    const several = await open(subject, { count: 2, torchrun: [] });
    const request = someStep(subject, 1);
    const labels = { dtype: 'i64', shape: [7], data: new BigInt64Array(7).fill(99n) } as const;
    const broken = { ...request, batches: [{ ...request.batches[0], labels }, request.batches[1]!] };
    await expect(several.step(broken)).rejects.toThrow(/Target 99 is out of bounds/);
    await several.close();
  });
});
