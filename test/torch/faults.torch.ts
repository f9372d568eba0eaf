import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runFiles } from '../../extension/contract/run.ts';
import { sendSignal } from '../support/sendSignal.ts';
import { python } from './peer.ts';
import { adapter, descendants, Workplace } from './workplace.ts';

const faulty = path.resolve('test/torch/faultyProgram.py');
const tooSmall = path.resolve('test/torch/oomProgram.py');

/** Python that runs the torch program with a fault in a step; its own words are `-B …/run.py`. */
const inStep = (fault: string, step: number): string => `exec "${python()}" "${faulty}" "${fault}" ${step} "$2"`;
/** Python on a device that holds so many rows. */
const holding = (rows: number): string => `exec "${python()}" "${tooSmall}" "$(dirname "$2")" ${rows} cpu`;

/** The command's own words on a run that failed, which are those on record. */
async function expectFailure(
  workplace: Workplace,
  { code, stderr }: { readonly code: number | null; readonly stderr: string },
  message: RegExp,
) {
  const record = await workplace.record();
  expect(record.end.message).toMatch(message);
  expect(record).toMatchObject({ state: 'failed', end: { state: 'failed' } });
  expect(code).toBe(1);
  expect(stderr).toContain(`${record.id}: failed at step ${record.end.step}: ${record.end.message}\n`);
  expect(stderr).toContain(`go on with: peft-lab resume ${record.id}`);
  expect(readFileSync(path.join(workplace.run, runFiles.log), 'utf8')).toContain(record.end.message!.split('\n')[0]);
  await workplace.expectNobodyLeft();
  return record;
}

describe.runIf(process.platform !== 'win32')('a torch executor that cannot start', () => {
  const versions = 'class version: cuda = None\n';
  it.each<[string, (workplace: Workplace) => NodeJS.ProcessEnv, RegExp]>([
    [
      'without the Python that is named',
      () => ({ PEFT_LAB_PYTHON: '/nowhere/python' }),
      /^PEFT_LAB_PYTHON: must name a Python that is there, got \/nowhere\/python; correct it, or install Python there$/,
    ],
    [
      'without any Python',
      ({ folder }) => ({ PEFT_LAB_PYTHON: '', PATH: folder }),
      /^executor: torch needs Python 3\.9 or newer with torch, got none in PEFT_LAB_PYTHON, .*; install Python, then: python3 -m venv .* or use executor: onnx/,
    ],
    [
      'with something that is no Python',
      (workplace) => ({ PEFT_LAB_PYTHON: workplace.pythonThat('echo "no such toolchain" >&2; exit 4') }),
      /must say hello first, got exit code 4; check that this is Python 3\.9 or newer and starts by itself; its last words:\n {2}\| no such toolchain$/,
    ],
    [
      'with a Python that greets on stdout',
      (workplace) => ({ PEFT_LAB_PYTHON: workplace.pythonThat(`echo Welcome; exec "${python()}" -S "$@"`) }),
      /must write frames only to its stdout, got something else \(.*"Welcome.*\); find what prints there .* or name another Python, then resume the run/,
    ],
    [
      'without torch',
      (workplace) => ({ PEFT_LAB_PYTHON: workplace.pythonThat(`exec "${python()}" -S "$@"`) }),
      /^executor: torch needs the package torch in .*, got ModuleNotFoundError: No module named 'torch'; install it with: .* -m pip install torch; or use executor: onnx$/,
    ],
    [
      'with a torch that is too old',
      (workplace) => ({
        PEFT_LAB_PYTHON: python(),
        PYTHONPATH: workplace.torchThat(`__version__ = "2.3.1"\n${versions}`),
      }),
      /^executor: torch needs torch 2\.4 or newer, got 2\.3\.1 in .*; install it with: .* -m pip install torch --upgrade$/,
    ],
    [
      'with a torch that does not load',
      (workplace) => ({
        PEFT_LAB_PYTHON: python(),
        PYTHONPATH: workplace.torchThat('raise OSError("libcudart.so.12: cannot open shared object file")'),
      }),
      /got OSError: libcudart\.so\.12: cannot open shared object file; install it/,
    ],
    [
      'of another version of the protocol',
      (workplace) => ({ PEFT_LAB_PYTHON: workplace.pythonThat(inStep('other protocol', 0)) }),
      /^the torch program: must speak version \d+ of the protocol, got 99; install PEFT Lab again, then resume the run$/,
    ],
  ])('%s fails the run with the cure', async (_, fault, message) => {
    const workplace = new Workplace();
    const { end, events } = await expectFailure(workplace, await workplace.train(fault(workplace)), message);
    expect(end.step).toBe(0);
    expect(events).toHaveLength(1);
  });

  it('fails the run for want of a CUDA device, and resumes it on the CPU', async () => {
    const workplace = new Workplace({ device: 'cuda' });
    await expectFailure(
      workplace,
      await workplace.train({ PEFT_LAB_PYTHON: python(), CUDA_VISIBLE_DEVICES: '' }),
      /^device: cuda needs a CUDA device, got torch .*; install torch for CUDA and an NVIDIA driver .*, or use device: cpu$/,
    );
    const { code } = await workplace.peftLab(['resume', 'last', '--device', 'cpu'], { PEFT_LAB_PYTHON: python() });
    expect(code).toBe(0);
    expect((await workplace.record()).end).toMatchObject({ state: 'finished', step: 10 });
  });
});

let whole: ReturnType<typeof adapter> | undefined;
/** What a run without a fault ends with; it is trained once. */
function wholeRun(): ReturnType<typeof adapter> {
  const train = async () => {
    const workplace = new Workplace();
    expect((await workplace.train({ PEFT_LAB_PYTHON: python() })).code).toBe(0);
    return await adapter(workplace.run);
  };
  whole ??= train();
  return whole;
}

describe.runIf(process.platform !== 'win32')('a torch executor that fails within a step', () => {
  it.each([
    [
      'killed',
      /must run as long as the run, got signal SIGKILL \(by hand, or by the system when memory ran out\) during step; resume the run to go on; its last words:\n {2}\| about to be killed$/,
    ],
    [
      'garbage',
      /must write frames only to its stdout, got something else \(a frame must begin with "PLT1", got "Downloading 100%"?.*; find what prints there/,
    ],
    // The batches of the next step may have been on their way when it happened.
    ['closed input', /must run as long as the run, got exit code 0 during (step|read); resume the run to go on$/],
    [
      'error',
      /^step: RuntimeError: shapes differ; resume the run to try again, with --executor onnx if it fails again; its last words:\n.*RuntimeError: shapes differ$/s,
    ],
  ])('(%s) leaves a run that resumes to the same bits', async (fault, message) => {
    const workplace = new Workplace();
    const faulted = await workplace.train({ PEFT_LAB_PYTHON: workplace.pythonThat(inStep(fault, 6)) });
    const { end, checkpointStep } = await expectFailure(workplace, faulted, message);
    expect(checkpointStep).toBe(5); // written before the evaluation that ends the first epoch
    expect(end.step).toBe(/during read/.test(end.message!) ? 6 : 5);
    expect((await workplace.resume()).code).toBe(0);
    const { events, end: finished } = await workplace.record();
    expect(events).toContainEqual(expect.objectContaining({ type: 'resumed', step: 5 }));
    expect(finished).toMatchObject({ state: 'finished', step: 10 });
    expect(await adapter(workplace.run)).toEqual(await wholeRun());
  });
});

describe.runIf(process.platform !== 'win32')('a device without enough memory', () => {
  it('computes a batch in parts, says which batch size fits, and ends with the same weights', async () => {
    const small = new Workplace();
    expect((await small.train({ PEFT_LAB_PYTHON: small.pythonThat(holding(3)) })).code).toBe(0);
    const { events } = await small.record();
    expect(events.filter(({ type }) => type === 'warning')).toEqual([
      expect.objectContaining({
        code: 'memory',
        message: expect.stringContaining(
          'batches of 8 rows do not fit into the memory of the device and are computed in 4 parts; batch_size: 2 with gradient_accumulation: 4 gives the same result',
        ),
      }),
    ]);
    const expected = new Map(await wholeRun());
    for (const [name, values] of await adapter(small.run)) {
      const worst = Math.max(...values.map((value, i) => Math.abs(value - expected.get(name)![i]!)));
      expect(worst, name).toBeLessThan(1e-4);
    }
  });

  it('fails the run for want of memory for one row, and resumes it where there is more', async () => {
    const workplace = new Workplace();
    await expectFailure(
      workplace,
      await workplace.train({ PEFT_LAB_PYTHON: workplace.pythonThat(holding(0)) }),
      /^device: a batch of one row must fit into the memory of cpu, got inputs of shape \[8, \d+\] \(.*DefaultCPUAllocator: .*\); lower data\.max_length, take a smaller model or more memory$/,
    );
    expect((await workplace.resume()).code).toBe(0);
  });
});

describe.runIf(process.platform !== 'win32')('a trainer that is killed', () => {
  it.each([
    ['its worker', 1, 'worker'],
    ['its worker, with two torch processes', 2, 'worker'],
    ['one of two torch processes', 2, 'rank'],
  ] as const)('(%s) leaves no torch process behind, and a run that resumes', async (_, processes, victim) => {
    const workplace = new Workplace({ num_processes: processes }, { epochs: 1000, checkpoint_steps: 1 });
    const ended = workplace.train({ PEFT_LAB_PYTHON: python() });
    await expect.poll(() => workplace.journal(), { timeout: 120_000 }).toContain('"type":"checkpoint"');
    const { worker } = JSON.parse(readFileSync(path.join(workplace.run, runFiles.process), 'utf8'));
    const started = descendants(worker.pid);
    const ranks = started.filter(({ words }) => !words.some((word) => word.endsWith('group.py')));
    expect(ranks.length).toBeGreaterThanOrEqual(processes);
    process.kill(victim === 'worker' ? worker.pid : ranks.at(-1)!.pid, 'SIGKILL');
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    const { end } = await workplace.record();
    if (victim === 'worker') expect(end).toMatchObject({ state: 'died', signal: 'SIGKILL' });
    else expect(end).toMatchObject({ state: 'failed', message: expect.stringMatching(/resume the run/) });
    expect(stderr).toContain('go on with: peft-lab resume');
    await workplace.expectNobodyLeft(started.map(({ pid }) => pid));
    const resumed = workplace.resume();
    await expect
      .poll(() => workplace.journal().split('"type":"resumed"')[1] ?? '', { timeout: 120_000 })
      .toContain('"type":"checkpoint"');
    expect((await workplace.peftLab(['stop', 'last'], {})).code).toBe(0);
    expect((await resumed).code).toBe(130);
    expect(await workplace.record()).toMatchObject({ state: 'stopped' });
  });
});

describe.runIf(process.platform !== 'win32')('signals to everything that a run started', () => {
  it.each([1, 2])('stop a run of %i torch processes by its supervisor, and it resumes', async (processes) => {
    const workplace = new Workplace({ num_processes: processes }, { epochs: 1000, checkpoint_steps: 1000 });
    const ended = workplace.train({ PEFT_LAB_PYTHON: python() });
    await expect.poll(() => workplace.journal(), { timeout: 120_000 }).toContain('"type":"progress"');
    const { pid, worker } = JSON.parse(readFileSync(path.join(workplace.run, runFiles.process), 'utf8'));
    const everyone = [pid, worker.pid, ...descendants(worker.pid).map((started) => started.pid)];
    for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGTERM'] as const) sendSignal(signal, ...everyone);
    expect((await ended).code).toBe(130);
    const { end, checkpointStep } = await workplace.record();
    expect(end).toMatchObject({ state: 'stopped', message: 'stopped on request', step: checkpointStep });
    await workplace.expectNobodyLeft(everyone);
  });
});
