import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runFiles } from '../../extension/contract/run.ts';
import { stopSignals } from '../../extension/processes/signals.ts';
import { stopDefaults, stopRun } from '../../extension/runs/control/stop.ts';
import { claimRun } from '../../extension/runs/folder/claim.ts';
import { requestStop } from '../../extension/runs/folder/control.ts';
import { RunStore } from '../../extension/runs/folder/store.ts';
import { mergeAttempts, readJournal } from '../../extension/runs/journal/journalReader.ts';
import { currentProcess } from '../../extension/runs/process/process.ts';
import { supervise } from '../../extension/supervisor/supervise.ts';
import { Workers } from '../../extension/supervisor/workers.ts';
import { fakeTrainer } from '../support/fakeTrainerProcess.ts';
import { newRun } from '../support/newRun.ts';
import { sendSignal } from '../support/sendSignal.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const trainer = fakeTrainer();
const posix = process.platform !== 'win32';

/** A folder with a fake config, and what is to be seen of the last run in it. */
function workplace(config: object) {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  const store = new RunStore(path.join(folder, 'runs'));
  const runFolder = (): string => store.resolve('last');
  const journal = async () => (await readJournal(path.join(runFolder(), runFiles.journal))).events;
  return { folder, store, runFolder, journal, read: () => store.read(runFolder()) };
}

/** Starts `train` on a fake config. */
function train(config: object, ...words: string[]) {
  const place = workplace(config);
  return { ...place, ...trainer.start(['train', 'config.json', '--runs', 'runs', ...words], place.folder) };
}

type Training = ReturnType<typeof train>;

const lastEvent = async (training: Training) => (await training.journal()).at(-1);

/** Resolves when the worker has done its first step. */
const firstStep = (training: Pick<Training, 'folder' | 'journal'>): Promise<unknown> =>
  expect
    .poll(() => (existsSync(path.join(training.folder, 'runs')) ? training.journal().catch(() => []) : []), {
      interval: 5,
    })
    .toContainEqual(expect.objectContaining({ type: 'progress' }));

const workerPid = (training: Training): number => everyone(training)[1]!;

/** Resolves when it has done some more steps. */
async function goesOn(training: Training): Promise<void> {
  const steps = async () => (await training.journal()).filter((event) => event.type === 'progress').length;
  const before = await steps();
  await expect.poll(steps, { interval: 5 }).toBeGreaterThan(before + 2);
}

/** Supervisor and worker of a run, as far as they are on record. */
function everyone(training: Training): number[] {
  try {
    const { pid, worker } = JSON.parse(readFileSync(path.join(training.runFolder(), runFiles.process), 'utf8'));
    return worker === undefined ? [pid] : [pid, worker.pid];
  } catch {
    return [];
  }
}

/** What a cluster or a service manager does to a job. */
function signalEveryone(training: Training, signal: NodeJS.Signals): void {
  sendSignal(signal, ...everyone(training));
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a run that goes well', () => {
  it('finishes with exit code 0 and says so in the journal and the list', async () => {
    const training = train({ steps: 4 });
    const { code, stdout } = await training.finished;
    expect(code).toBe(0);
    expect(stdout).toContain('ln-tuning');
    expect((await training.journal()).map((event) => event.type)).toEqual([
      'hello',
      'progress',
      'progress',
      'checkpoint',
      'progress',
      'progress',
      'checkpoint',
      'evaluation',
      'end',
    ]);
    expect(await training.read()).toMatchObject({
      state: 'finished',
      message: null,
      summary: { step: 4, metrics: { accuracy: 0.8 } },
    });
  });

  it('prints the journal with --json, and nothing else on stdout', async () => {
    const training = train({ steps: 3 }, '--json');
    const { stdout } = await training.finished;
    expect(stdout).toBe(readFileSync(path.join(training.runFolder(), runFiles.journal), 'utf8'));
  });

  it('keeps a flood of output out of its way, and all of it up to 16 MiB in the log', async () => {
    const training = train({ steps: 4, fate: 'flood' });
    expect((await training.finished).code).toBe(0);
    const log = readFileSync(path.join(training.runFolder(), runFiles.log), 'utf8');
    expect(log.length).toBeGreaterThan(16 << 20);
    expect(log.length).toBeLessThan(17 << 20);
    expect(log).toMatch(/\[output beyond 16 MiB is not kept\]\n$/);
  });
});

describe('a worker that comes to grief', () => {
  it('has failed when it says why', async () => {
    const training = train({ fate: 'throw' });
    const { code, stderr } = await training.finished;
    expect(code).toBe(1);
    expect(stderr).toContain('failed at step 2: training.learning_rate: loss became NaN at step 3; lower it');
    expect(await lastEvent(training)).toMatchObject({ type: 'end', state: 'failed', step: 2 });
    expect(readFileSync(path.join(training.runFolder(), runFiles.log), 'utf8')).toContain('at ');
  });

  it('has died when the disk is full, and goes on once it is not; no further run is started on it', async () => {
    const training = train({ fate: 'full-disk' }, '--seeds', '1,2');
    expect((await training.finished).code).toBe(1);
    expect(await lastEvent(training)).toMatchObject({ state: 'died', step: 2, placeFailure: 'ENOSPC' });
    expect((await training.store.list()).runs).toHaveLength(1);
    const resumed = trainer.start(['resume', 'last', '--runs', 'runs'], training.folder);
    expect((await resumed.finished).code).toBe(0);
  });

  it('has failed when an error comes from nowhere', async () => {
    const training = train({ fate: 'unhandled' });
    expect((await training.finished).code).toBe(1);
    expect(await lastEvent(training)).toMatchObject({
      state: 'failed',
      message: expect.stringMatching(/^a fault in PEFT Lab itself \(Cannot read properties of undefined.*; report it/),
    });
  });

  it('has died when it exits without a word, with its code and last words', async () => {
    const training = train({ fate: 'exit' });
    const { code, stderr } = await training.finished;
    expect(code).toBe(1);
    expect(stderr).toContain('  | engine: cannot allocate\n');
    expect(await lastEvent(training)).toMatchObject({
      state: 'died',
      exitCode: 3,
      step: 2,
      message: 'the worker exited with code 3; resume goes on from step 2',
      stderrTail: ['engine: cannot allocate'],
    });
  });

  it('has died when it exits with 0 without saying how it ended', async () => {
    const training = train({ fate: 'silence', at: 1 });
    expect((await training.finished).code).toBe(1);
    expect(await lastEvent(training)).toMatchObject({
      state: 'died',
      exitCode: 0,
      message: 'the worker exited without saying how it ended; it left no checkpoint',
    });
  });

  it.runIf(posix).each([
    ['kill', 'SIGKILL', /killed by SIGKILL: by hand, or by the system when memory ran out/],
    ['segfault', 'SIGSEGV', /ended by SIGSEGV/],
  ] as const)('has died when it ends by a signal (%s)', async (fate, signal, message) => {
    const training = train({ fate });
    expect((await training.finished).code).toBe(1);
    expect(await lastEvent(training)).toMatchObject({
      state: 'died',
      signal,
      message: expect.stringMatching(message),
      stderrTail: ['last words'],
    });
    expect((await training.read()).state).toBe('died');
  });

  it.runIf(posix)('spoils no event by dying in the middle of a line, and can be resumed', async () => {
    const training = train({ steps: 6, fate: 'half-line', at: 5 });
    expect((await training.finished).code).toBe(1);
    expect(await lastEvent(training)).toMatchObject({ state: 'died', signal: 'SIGKILL', step: 4 });
    const resumed = trainer.start(['resume', 'last', '--runs', 'runs'], training.folder);
    expect((await resumed.finished).code).toBe(0);
    const steps = mergeAttempts(await training.journal()).flatMap((event) =>
      event.type === 'progress' ? [event.step] : [],
    );
    expect(steps).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await training.read()).toMatchObject({ state: 'finished', summary: { step: 6 } });
  });

  it.runIf(posix)('ends clearly when its folder is deleted under it', async () => {
    const training = train({ steps: 1000, stepMs: 2, fate: 'delete-folder' });
    const { code, stderr } = await training.finished;
    expect(code).toBe(1);
    expect(stderr).toContain('the run folder has been deleted or renamed; nothing more can be recorded');
    expect(stderr).not.toContain('go on with');
    expect(await training.store.list()).toEqual({ runs: [], unreadable: [] });
  });
});

describe.runIf(posix)('signals', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s stops after the step, with a checkpoint, and exits with 130',
    async (signal) => {
      const training = train({ steps: 10_000, stepMs: 20 });
      await firstStep(training);
      training.child.kill(signal);
      await training.saying('stopping after this step, checkpoint first');
      expect((await training.finished).code).toBe(130);
      const events = await training.journal();
      expect(events.slice(-2).map((event) => event.type)).toEqual(['checkpoint', 'end']);
      expect(events.at(-1)).toMatchObject({ state: 'stopped', message: 'stopped on request' });
    },
  );

  it('are answered at once while a step hangs; the second one kills', async () => {
    const training = train({ fate: 'hang', at: 2 });
    await firstStep(training);
    training.child.kill('SIGINT');
    await training.saying('stopping after this step');
    training.child.kill('SIGINT');
    expect((await training.finished).code).toBe(130);
    expect(await lastEvent(training)).toMatchObject({
      state: 'stopped',
      signal: 'SIGKILL',
      message: 'killed on request (SIGKILL); it left no checkpoint',
    });
  });

  it('SIGTERM ends a worker that was asked to stop before and did not', async () => {
    const training = train({ fate: 'hang', at: 2 });
    await firstStep(training);
    requestStop(training.runFolder());
    training.child.kill('SIGTERM');
    expect((await training.finished).code).toBe(130);
    expect(await lastEvent(training)).toMatchObject({ state: 'stopped', signal: 'SIGKILL' });
  });

  it.each(stopSignals)('%s to the worker alone does nothing', async (signal) => {
    const training = train({ steps: 10_000, stepMs: 5 });
    await firstStep(training);
    process.kill(workerPid(training), signal);
    await goesOn(training);
    training.child.kill('SIGINT');
    expect((await training.finished).code).toBe(130);
    expect(await lastEvent(training)).toMatchObject({ state: 'stopped', message: 'stopped on request' });
  });

  it.each(stopSignals)(
    '%s to every process of a run stops it through its supervisor, checkpoint first',
    async (signal) => {
      const training = train({ steps: 10_000, stepMs: 20 });
      await firstStep(training);
      signalEveryone(training, signal);
      expect((await training.finished).code).toBe(130);
      const events = await training.journal();
      expect(events.slice(-2).map((event) => event.type)).toEqual(['checkpoint', 'end']);
      expect(events.at(-1)).toMatchObject({ state: 'stopped', message: 'stopped on request' });
      expect(await training.read()).toMatchObject({ state: 'stopped' });
    },
  );

  it('SIGUSR2 and then SIGTERM to every process still leave time for the checkpoint', async () => {
    const training = train({ steps: 10_000, stepMs: 200 });
    await firstStep(training);
    for (const signal of ['SIGUSR2', 'SIGTERM', 'SIGTERM'] as const) signalEveryone(training, signal);
    expect((await training.finished).code).toBe(130);
    expect(await lastEvent(training)).toMatchObject({ state: 'stopped', message: 'stopped on request' });
  });

  it('stops the run by signals that meet a worker which is only just starting', async () => {
    const training = train({ steps: 10_000, stepMs: 5 });
    await expect.poll(() => everyone(training), { interval: 1 }).toHaveLength(2);
    signalEveryone(training, 'SIGTERM');
    expect((await training.finished).code).toBe(130);
    expect(await training.read()).toMatchObject({ state: 'stopped', message: expect.stringMatching(/^stopped /) });
    expect((await trainer.start(['stop', 'last', '--runs', 'runs'], training.folder).finished).stderr).toContain(
      'must be running or queued to be stopped, is stopped',
    );
  });

  it('SIGHUP means nothing to a run whose output goes into a file', async () => {
    const training = workplace({ steps: 20, stepMs: 5 });
    const output = openSync(path.join(training.folder, 'output'), 'w');
    const { node, nodeArguments } = trainer.program();
    const words = [...nodeArguments, 'train', 'config.json', '--runs', 'runs'];
    const child = spawn(node, words, { cwd: training.folder, stdio: ['ignore', output, output] });
    const finished = new Promise<number | null>((resolve) => child.once('exit', resolve));
    await firstStep(training);
    child.kill('SIGHUP');
    expect(await finished).toBe(0);
  });

  it('SIGUSR1 opens no debugger, neither in the supervisor nor in the worker', async () => {
    const training = train({ steps: 10_000, stepMs: 5 });
    await firstStep(training);
    signalEveryone(training, 'SIGUSR1');
    await goesOn(training);
    signalEveryone(training, 'SIGINT');
    const { code, stderr } = await training.finished;
    expect(code).toBe(130);
    const log = readFileSync(path.join(training.runFolder(), runFiles.log), 'utf8');
    expect(stderr + log).not.toMatch(/debugger/i);
  });
});

describe('a run that was claimed a moment ago', () => {
  /** Supervised by this process, as far as nothing is in the way. */
  async function claimed(config: Readonly<Record<string, unknown>>) {
    const { store } = workplace({});
    const { folder } = store.create(newRun({ config, seed: 0 }));
    const self = await currentProcess();
    await claimRun(folder, self);
    const run = async () => {
      const workers = new Workers(trainer.program());
      const end = await supervise({ folder, self, workers, onEvents: () => {}, onMessage: () => {} });
      await workers.close();
      return end;
    };
    return { store, folder, run };
  }

  it('is waited for, and obeys the stop that came before its worker', async () => {
    const { store, folder, run } = await claimed({ steps: 20 });
    const stopped = stopRun(store, folder, { ...stopDefaults, pollMs: 5 }).then(() => store.read(folder));
    await expect.poll(() => existsSync(path.join(folder, runFiles.control)), { interval: 5 }).toBe(true);
    expect(await run()).toMatchObject({ state: 'stopped', step: 0, message: 'stopped on request' });
    expect((await stopped).state).toBe('stopped');
  });

  it('has died where its process cannot be put on record, and says so', async () => {
    const { store, folder, run } = await claimed({ steps: 2 });
    mkdirSync(path.join(folder, runFiles.process));
    const end = await run();
    expect(end).toMatchObject({ state: 'died', message: expect.stringContaining(`${runFiles.process}: `) });
    rmdirSync(path.join(folder, runFiles.process));
    expect((await store.read(folder)).state).toBe('died');
  });
});

describe.runIf(posix)('a worker that is given one run after another', () => {
  /** Starts a run for each seed; each run's state and worker, in order. */
  async function trainSeeds(config: object, seeds: string) {
    const training = train(config, '--seeds', seeds);
    const { code } = await training.finished;
    const runs = (await training.store.list()).runs.map(({ folder, record, state }) => {
      const { worker } = JSON.parse(readFileSync(path.join(folder, runFiles.process), 'utf8'));
      const log = readFileSync(path.join(folder, runFiles.log), 'utf8');
      return { id: record.id, seed: record.seed, state, worker: worker.pid as number, log };
    });
    return { ...training, code, runs: runs.sort((a, b) => a.seed - b.seed) };
  }
  const states = (runs: readonly { readonly state: string }[]) => runs.map(({ state }) => state);

  it('does them all in one process, which then ends, and keeps the output of each with it', async () => {
    const { code, runs } = await trainSeeds({ fate: 'flood', fateOfSeed: 1 }, '1,2,3');
    expect(code).toBe(0);
    expect(states(runs)).toEqual(['finished', 'finished', 'finished']);
    expect(new Set(runs.map(({ worker }) => worker)).size).toBe(1);
    await expect.poll(() => isThere(runs[0]!.worker)).toBe(false);
    expect(runs[0]!.log.length).toBeGreaterThan(2 ** 24);
    expect(runs.slice(1).map(({ log }) => log)).toEqual(['', '']);
  });

  it.each(['kill', 'throw'] as const)(
    'takes nothing with it when it comes to grief (%s): the next run has a fresh one',
    async (fate) => {
      const { code, folder, runs } = await trainSeeds({ fate, fateOfSeed: 2 }, '1,2,3');
      expect(code).toBe(1);
      expect(states(runs)).toEqual(['finished', fate === 'kill' ? 'died' : 'failed', 'finished']);
      const [first, second, third] = runs.map(({ worker }) => worker);
      expect(first).toBe(second);
      expect(third).not.toBe(second);
      const resumed = trainer.start(['resume', runs[1]!.id, '--runs', 'runs'], folder);
      expect((await resumed.finished).code).toBe(0);
    },
  );

  it('ends with its supervisor, also between two runs or in the second', async () => {
    const training = train({ steps: 200, stepMs: 2, fate: 'slow', fateOfSeed: 2 }, '--seeds', '1,2');
    await expect.poll(async () => (await training.store.list()).runs.length, { interval: 5 }).toBe(2);
    await firstStep(training);
    const pid = workerPid(training);
    training.child.kill('SIGKILL');
    await training.finished;
    await expect.poll(() => isThere(pid), { interval: 5 }).toBe(false);
    const runs = (await training.store.list()).runs.map(({ record, state }) => [record.seed, state]);
    expect(runs.sort()).toEqual([
      [1, 'finished'],
      [2, 'died'],
    ]);
  });
});

describe.runIf(posix)('a supervisor that is killed', () => {
  it('is missed by its worker, which writes a checkpoint and ends; readers see died, cause unknown', async () => {
    const training = train({ steps: 10_000, stepMs: 10 });
    await firstStep(training);
    training.child.kill('SIGKILL');
    await training.finished;
    await expect.poll(() => lastEvent(training), { interval: 5 }).toMatchObject({ type: 'end' });
    const events = await training.journal();
    expect(events.slice(-2).map((event) => event.type)).toEqual(['checkpoint', 'end']);
    // It wrote its last line a moment before it is gone.
    await expect
      .poll(() => training.read(), { interval: 5 })
      .toMatchObject({ state: 'died', message: expect.stringMatching(/^cause unknown/) });
  });

  it('misses a worker that goes before it has heard of its first step', async () => {
    const training = train({ steps: 10_000, stepMs: 10 });
    await expect.poll(() => everyone(training), { interval: 1 }).toHaveLength(2);
    const pid = workerPid(training);
    training.child.kill('SIGKILL');
    await training.finished;
    await expect.poll(() => isThere(pid), { interval: 5 }).toBe(false);
    expect(await training.read()).toMatchObject({ state: 'died', message: expect.stringMatching(/^cause unknown/) });
  });

  it('leaves a run that another can resume, but not while its worker is still there', async () => {
    const training = train({ steps: 30, fate: 'slow' });
    await firstStep(training);
    const pid = workerPid(training);
    training.child.kill('SIGSTOP');
    process.kill(pid, 'SIGSTOP');
    training.child.kill('SIGKILL');
    await training.finished;
    expect((await training.read()).state).toBe('running');
    const early = trainer.start(['resume', 'last', '--runs', 'runs'], training.folder);
    const refused = await early.finished;
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('a run has one trainer at a time');
    process.kill(pid, 'SIGKILL');
    await expect.poll(async () => (await training.read()).state, { interval: 5 }).toBe('died');
    const resumed = trainer.start(['resume', 'last', '--runs', 'runs'], training.folder);
    expect((await resumed.finished).code).toBe(0);
    expect((await training.read()).state).toBe('finished');
  });
});

describe('a second trainer', () => {
  it('gets a clear error on a run that is running, and harms nothing', async () => {
    const training = train({ steps: 10_000, stepMs: 10 });
    await firstStep(training);
    const second = trainer.start(['resume', 'last', '--runs', 'runs'], training.folder);
    const { code, stderr } = await second.finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /a run has one trainer at a time; process \d+ is running it; wait for its end or `peft-lab stop` it/,
    );
    training.child.kill('SIGINT');
    expect((await training.finished).code).toBe(130);
  });

  it('cannot be a worker started by hand', async () => {
    const training = train({ steps: 1 });
    await training.finished;
    const { code, stderr } = await trainer.start(['worker'], training.folder).finished;
    expect(code).toBe(1);
    expect(stderr).toBe('worker: is started by another command alone; use peft-lab train\n');
  });
});

describe.runIf(posix)('a run in a folder that hosts share', () => {
  /** What another host would have written: its name, and processes that cannot be asked from here. */
  function pretendHost(training: Training, host: string): void {
    for (const name of readdirSync(training.runFolder())) {
      if (name !== runFiles.process && !name.startsWith(runFiles.claim)) continue;
      const file = path.join(training.runFolder(), name);
      writeFileSync(
        file,
        JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), host, bootId: `boot of ${host}` }),
      );
    }
  }

  it('resumes on another host a run that was stopped on one, attempt by attempt', async () => {
    const training = train({ steps: 60, fate: 'slow' });
    await firstStep(training);
    training.child.kill('SIGTERM');
    expect((await training.finished).code).toBe(130);
    pretendHost(training, 'n1');
    expect((await training.read()).state).toBe('stopped');
    expect((await trainer.start(['resume', 'last', '--runs', 'runs'], training.folder).finished).code).toBe(0);
    const events = await training.journal();
    const attempts = events.flatMap((event) => ('attempt' in event ? [`${event.type} ${event.attempt}`] : []));
    expect(attempts).toEqual(['hello 1', 'end 1', 'hello 2', 'resumed 2', 'end 2']);
    const record = JSON.parse(readFileSync(path.join(training.runFolder(), runFiles.process), 'utf8'));
    expect(record).toMatchObject({ attempt: 2 });
    expect(await training.read()).toMatchObject({ state: 'finished', summary: { attempt: 2 } });
  });

  it('refuses a run whose end on another host is unknown, and says what to do', async () => {
    const training = train({ steps: 10_000, stepMs: 5 });
    await firstStep(training);
    const everybody = everyone(training);
    sendSignal('SIGKILL', ...everybody.reverse());
    await training.finished;
    const file = path.join(training.runFolder(), runFiles.journal);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/\n[^\n]*"type":"end"[^\n]*\n$/, '\n'));
    rmSync(path.join(training.runFolder(), runFiles.summary), { force: true });
    pretendHost(training, 'n1');
    const { code, stderr } = await trainer.start(['resume', 'last', '--runs', 'runs'], training.folder).finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/on host n1 took it and cannot be asked from here; if it no longer runs, delete .*claim\n$/);
  });

  it('notices that another has taken it over, and ends without writing', async () => {
    const training = train({ steps: 10_000, stepMs: 20 });
    await firstStep(training);
    pretendHost(training, 'n1');
    rmSync(path.join(training.runFolder(), runFiles.claim));
    // The successor has its claim, and is about to begin.
    await claimRun(training.runFolder(), await currentProcess());
    const { code, stderr } = await training.finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /attempt 1 has been taken over by attempt 2 by process \d+ on host .*; this one ends and writes nothing more\n$/,
    );
    const events = await training.journal();
    expect(events.filter((event) => event.type === 'end')).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: expect.stringMatching(/progress|checkpoint/) });
  });
});

describe.runIf(posix)('a disk that takes no more', () => {
  it('fails the run in words, though the journal cannot take them, and the run can be resumed', async () => {
    const training = workplace({ steps: 40 });
    const { node, nodeArguments } = trainer.program();
    const command = `ulimit -f 4; exec '${node}' '${nodeArguments[0]}' train config.json --runs runs`;
    const { status, stderr } = spawnSync('sh', ['-c', command], { cwd: training.folder, encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/: died at step \d+: .*journal.jsonl: has reached the largest size allowed \(EFBIG\)/);
    expect((await training.read()).state).toBe('died');
    expect((await trainer.start(['resume', 'last', '--runs', 'runs'], training.folder).finished).code).toBe(0);
    expect((await training.read()).state).toBe('finished');
  });
});

describe.runIf(posix)('a journal that is a link', () => {
  it('fails the next attempt in words, and nothing is written where it leads', async () => {
    const training = train({ steps: 4, fate: 'exit' });
    await training.finished;
    const elsewhere = path.join(training.folder, 'elsewhere');
    renameSync(path.join(training.runFolder(), runFiles.journal), elsewhere);
    const before = readFileSync(elsewhere, 'utf8');
    symlinkSync(elsewhere, path.join(training.runFolder(), runFiles.journal));
    const { code, stderr } = await trainer.start(['resume', 'last', '--runs', 'runs'], training.folder).finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/: failed at step 0: .*journal.jsonl: must not be a link, .*; delete the link\n/);
    expect(readFileSync(elsewhere, 'utf8')).toBe(before);
  });
});

describe('garbage in a journal', () => {
  it('does not keep a run from being resumed', async () => {
    const training = train({ steps: 4, fate: 'exit' });
    await training.finished;
    appendFileSync(path.join(training.runFolder(), runFiles.journal), '\0\0\0garbage');
    expect((await trainer.start(['resume', 'last', '--runs', 'runs'], training.folder).finished).code).toBe(0);
    expect((await training.read()).state).toBe('finished');
  });
});
