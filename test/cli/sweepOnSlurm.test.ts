import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { runFiles } from '../../extension/contract/run.ts';
import { RunStore } from '../../extension/runs/folder/store.ts';
import { readVerdict } from '../../extension/runs/folder/sweepFolder.ts';
import { readBatches } from '../../extension/runs/folder/sweepJobs.ts';
import { readJournal } from '../../extension/runs/journal/journalReader.ts';
import { fakeTrainer } from '../support/fakeTrainerProcess.ts';
import { pretendSlurm } from '../support/pretendSlurm.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const trainer = fakeTrainer();

/** Keeps a queue in which every task waits, until a test moves it. */
const programs = {
  sbatch: `if [ "$1" = --test-only ]; then exit 0; fi
if [ -e full ] && [ -e last ]; then echo "sbatch: error: Batch job submission failed: Job violates QOS policy" >&2; exit 1; fi
last=$(cat last 2>/dev/null || echo 70); job=$((last + 1)); echo $job > last
for task in $(seq 0 $(sed -n 's/^#SBATCH --array=0-\\([0-9]*\\).*/\\1/p' "$2")); do echo "\${job}_$task|PENDING|Priority|" >> queue; done
sed -n 's/^#SBATCH //p' "$2" > options-$job
echo $job`,
  // An array's name ends with its number, and ours are numbered from 71.
  squeue: `touch queue; words="$*"; case $words in *--name=*) grep "^$((70 + \${words##*-}))_" queue; exit 0;; esac; cat queue`,
  sacct: 'exit 1',
  scancel: 'echo "$@" >> cancelled; for job in "$@"; do sed -i "/^$job""_/d" queue; done',
  scontrol:
    'case "$1" in ping) echo "Slurmctld(primary) at head is UP";; show) echo "KillWait = 12 sec";; requeue) echo "$2" >> requeued;; esac',
};

/** Two methods, two rates, two seeds for the results: eight runs. */
const eightRuns = {
  experiment: 'reviews.peft.yaml',
  methods: ['ln-tuning', 'bitfit'],
  tune: { 'training.learning_rate': [1e-3, 1e-2], seeds: [1001] },
  seeds: [1, 2],
};

function workplace(where: object = { runs_per_job: 1 }, fake: object = {}, sweep: object = eightRuns) {
  const slurm = pretendSlurm(programs);
  const folder = temporaryFolder();
  const config = {
    name: JSON.stringify(fake),
    model: path.resolve('examples/model'),
    task: 'classification',
    methods: ['full'],
    training: { epochs: 4 },
    data: { train: 'train.tsv', validation: 'dev.tsv', test: 'test.tsv' },
  };
  writeFileSync(path.join(folder, 'reviews.peft.yaml'), JSON.stringify(config));
  for (const split of ['train', 'dev', 'test'])
    writeFileSync(path.join(folder, `${split}.tsv`), 'text\tlabel\na good film\t1\na bad one\t0\n');
  const write = (place: object): void =>
    writeFileSync(
      path.join(folder, 'reviews.sweep.yaml'),
      JSON.stringify({ ...sweep, where: { engine: 'slurm', ...place } }),
    );
  write(where);
  const store = new RunStore(path.join(folder, '.peft-lab', 'runs'));
  const run = (...words: string[]) => trainer.start(['sweep', ...words], folder).finished;
  const start = async () => {
    const { code, stdout, stderr } = await run('start', 'reviews.sweep.yaml');
    expect(code, stderr).toBe(0);
    const id = stdout.trim();
    return { id, stderr, sweepFolder: path.join(store.folder, '.sweeps', id) };
  };
  /** What Slurm starts on a node: a task of an array. */
  const begin = (sweepFolder: string, batch: number, task: number, restarts = 0) => {
    const job = { SLURM_JOB_ID: '7', SLURM_ARRAY_JOB_ID: String(70 + batch), SLURM_ARRAY_TASK_ID: String(task) };
    for (const [name, value] of Object.entries({ ...job, SLURM_RESTART_COUNT: String(restarts) }))
      vi.stubEnv(name, value);
    const words = ['sweep', 'task', sweepFolder, '--batch', String(batch), '--kill-wait', '12', String(task)];
    const running = trainer.start(words, folder);
    for (const name of Object.keys(job)) vi.stubEnv(name, undefined);
    return running;
  };
  const told = (name: string): string => {
    const file = path.join(slurm, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  /** Has Slurm take no second array. @returns what makes room again */
  const fill = () => {
    writeFileSync(path.join(slurm, 'full'), '');
    return (): void => rmSync(path.join(slurm, 'full'));
  };
  const queue = (lines: readonly string[]): void => writeFileSync(path.join(slurm, 'queue'), `${lines.join('\n')}\n`);
  const states = async () => (await store.list()).runs.map(({ record, state }) => `${record.sweep!.index} ${state}`);
  return { folder, write, store, run, start, begin, told, fill, queue, states };
}

describe.runIf(process.platform !== 'win32')('a sweep on Slurm', () => {
  it('submits every stage, each after the one before, and nothing twice', async () => {
    const { start, told, run } = workplace({ runs_per_job: 3, partition: 'gpu', at_once: 2 });
    const { id, stderr, sweepFolder } = await start();
    expect(stderr).toContain('4 jobs submitted');
    expect(readBatches(sweepFolder).map(({ id, tasks }) => [id, tasks.map((task) => task.length)])).toEqual([
      ['71', [3, 1]],
      ['72', [3, 1]],
    ]);
    expect(told('options-71')).toMatch(/--array=0-1%2\n.*--partition=gpu\n$/s);
    expect(told('options-72')).toContain('--dependency=afterany:71\n');
    expect((await start()).stderr).toContain('0 jobs submitted');
    const { stdout } = await run('status', id, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      state: 'running',
      jobs: [
        { id: '71', stage: 'tuning', running: 0, waiting: { 'other jobs come first (Priority)': 2 } },
        { id: '72', stage: 'results' },
      ],
    });
    expect((await run('stop', id)).stderr).toBe(`sweep ${id}: 4 jobs cancelled; those that ran write a checkpoint\n`);
    expect(told('cancelled')).toBe('72 71\n');
    expect(JSON.parse((await run('status', id, '--json')).stdout)).toMatchObject({ state: 'open', jobs: [] });
  });

  it('starts no further run once its runs have taken limit.hours together, and goes on for as long again', async () => {
    // Each run says that it took four seconds: after two of them six are over.
    const limited = { ...eightRuns, limit: { hours: 6 / 3600 } };
    const { start, begin, run, states, queue } = workplace({ runs_per_job: 1 }, {}, limited);
    const { id, sweepFolder } = await start();
    for (const task of [0, 1]) expect((await begin(sweepFolder, 1, task).finished).code).toBe(0);
    const late = await begin(sweepFolder, 1, 2).finished;
    expect(late.stderr).toMatch(/^limit\.hours: .*no further one starts; go on with: peft-lab sweep resume /m);
    expect(late.code).toBe(1);
    expect(await states()).toEqual(['0 finished', '1 finished']);
    queue(['71_0|COMPLETED|None|n1', '72_0|FAILED|NonZeroExitCode|n1']);
    expect((await run('status', id)).stdout).toContain('limit.hours: ');
    expect((await run('resume', id)).stderr).toContain('6 jobs submitted');
    expect((await begin(sweepFolder, 3, 0).finished).code).toBe(0);
    expect(await states()).toEqual(['0 finished', '1 finished', '2 finished']);
  });

  it('runs in its tasks what its stages decide, and resumes what is missing alone', async () => {
    const { start, begin, queue, run, states, told } = workplace();
    const { id, sweepFolder } = await start();
    for (const task of [0, 1, 3]) expect((await begin(sweepFolder, 1, task).finished).code).toBe(0);
    // A result of the arm that is tuned; one of the other is not lost, for its task tells that it found nothing decided.
    expect((await begin(sweepFolder, 2, 0).finished).code).toBe(0);
    expect(await states()).toEqual(['0 finished', '1 finished', '3 finished', '4 finished']);
    // The third task of the tuning has been cancelled while it waited: Slurm knows nothing of it.
    queue([
      '72_1|PENDING|Dependency|',
      '72_2|PENDING|Dependency|',
      '72_3|PENDING|Dependency|',
      '71_0|COMPLETED|None|n1',
    ]);
    const resumed = await run('resume', id);
    // The results wait for the new job too: what waited for the old ones alone is taken back.
    expect(resumed.stderr).toContain('4 jobs submitted');
    expect(told('cancelled')).toBe('72\n');
    expect(told('options-74')).toContain('--dependency=afterany:73\n');
    expect(
      readBatches(sweepFolder)
        .slice(2)
        .map(({ tasks }) => tasks),
    ).toEqual([[[[1, 0, 0]]], [[[0, 0, 1]], [[1, 0, 0]], [[1, 0, 1]]]]);
  });

  it('halves: a job of each rung goes on with what the rung before left', async () => {
    const tune = {
      'training.learning_rate': [1e-3, 4e-3],
      seeds: [1001],
      search: { halving: { eta: 2, first: '1 epoch' } },
    };
    const sweep = { ...eightRuns, methods: ['ln-tuning'], tune, seeds: [1] };
    const { start, begin, store, states, run } = workplace({ runs_per_job: 1 }, { steps: 8 }, sweep);
    const verdict = async (folder: string) => readVerdict(folder, (await store.list()).runs);
    const { id, stderr, sweepFolder } = await start();
    // Two candidates, the better of them twice more, a result.
    expect(stderr).toContain('5 jobs submitted');
    const steps = async () => (await store.list()).runs.map(({ summary }) => summary.step);
    for (const task of [0, 1]) expect((await begin(sweepFolder, 1, task).finished).code).toBe(0);
    expect(await steps()).toEqual([2, 2]);
    for (const batch of [2, 3, 4]) {
      expect(await verdict(sweepFolder)).toBeUndefined();
      expect((await begin(sweepFolder, batch, 0).finished).code).toBe(0);
    }
    // The last job keeps what was shown: of one arm, nothing.
    expect(await verdict(sweepFolder)).toEqual([]);
    expect(await states()).toEqual(['0 stopped', '1 finished', '2 finished']);
    expect(await steps()).toEqual([2, 8, 8]);
    expect((await run('status', id)).stdout).toContain('2 of 3 runs finished, 1 left behind by halving');
  });

  it('says how to submit the rest where Slurm takes no more jobs of a user, and submits that alone', async () => {
    const { run, fill, told } = workplace({ runs_per_job: 1 });
    const makeRoom = fill();
    const { code, stderr } = await run('start', 'reviews.sweep.yaml');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /batch-2\.sh: must be taken by Slurm, got: sbatch: error: .* QOS policy; .*; what was submitted before goes on, and the rest is submitted by: peft-lab sweep resume \S+reviews-\w+$/m,
    );
    makeRoom();
    expect((await run('resume', 'last')).stderr).toContain('4 jobs submitted');
    expect(told('options-72')).toContain('--dependency=afterany:71\n');
  });

  it('goes on with another place for the same runs, and knows a job whose submitter was killed', async () => {
    const { start, write, queue, told } = workplace();
    const { id, sweepFolder } = await start();
    const file = path.join(sweepFolder, 'slurm', 'jobs.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8').replace('{"batch":2,"id":"72"}', ''));
    queue([
      '71_0|COMPLETED|None|n1',
      '72_0|PENDING|Dependency|',
      '72_1|PENDING|Dependency|',
      '72_2|RUNNING|None|n1',
      '72_3|PENDING|Dependency|',
    ]);
    write({ runs_per_job: 1, partition: 'long' });
    const again = await start();
    expect(again.id).toBe(id);
    expect(readBatches(sweepFolder)[1]!.id).toBe('72');
    expect(told('options-73')).toContain('--partition=long\n');
  });

  it('has a task that is warned started again, and never one that is told to end', async () => {
    const { start, begin, told, store, queue } = workplace({ runs_per_job: 1 }, { steps: 10_000, stepMs: 5 });
    const { sweepFolder } = await start();
    const warned = begin(sweepFolder, 1, 0);
    await warned.saying('/10,000');
    warned.child.kill('SIGUSR2');
    await expect.poll(() => told('requeued')).toBe('71_0\n');
    // It stays: an exit would count as done.
    expect(warned.child.exitCode).toBeNull();
    warned.child.kill('SIGTERM');
    expect((await warned.finished).code).toBe(130);
    const [run] = (await store.list()).runs;
    expect(run).toMatchObject({ state: 'stopped', message: 'stopped on request' });

    queue(['71_1|COMPLETING|None|n1']);
    const cancelled = begin(sweepFolder, 1, 1);
    await cancelled.saying('/10,000');
    cancelled.child.kill('SIGTERM');
    expect((await cancelled.finished).code).toBe(130);
    expect(told('requeued')).toBe('71_0\n');
    const events = (await readJournal(path.join((await store.list()).runs[1]!.folder, runFiles.journal))).events;
    expect(events.slice(-2).map(({ type }) => type)).toEqual(['checkpoint', 'end']);
  });

  it('is started again where it was warned while a run was prepared', async () => {
    const { folder, start, begin, told, states } = workplace({ runs_per_job: 2 }, { awaits: 'preparing' });
    const { sweepFolder } = await start();
    const warned = begin(sweepFolder, 1, 0);
    await warned.saying('preparing');
    warned.child.kill('SIGUSR2');
    writeFileSync(path.join(folder, 'go'), '');
    await expect.poll(() => told('requeued')).toBe('71_0\n');
    warned.child.kill('SIGTERM');
    expect((await warned.finished).code).toBe(130);
    expect(await states()).toEqual([]);
  });

  it('ends a run that was started again twice and came no step further, and submits it again with more time', async () => {
    const { folder, start, begin, write, told, queue, store, run } = workplace(
      { runs_per_job: 1 },
      { fate: 'hang', at: 1 },
    );
    const { id, sweepFolder } = await start();
    for (const restarts of [0, 1]) {
      const killed = begin(sweepFolder, 1, 0, restarts);
      await expect.poll(async () => (await store.list()).runs[0]?.summary.startedAt !== undefined).toBe(true);
      const holder = () => JSON.parse(readFileSync(path.join(store.resolve('last'), runFiles.process), 'utf8'));
      await expect.poll(() => holder().attempt === restarts + 1 && holder().worker !== undefined).toBe(true);
      const { worker } = holder();
      killed.child.kill('SIGKILL');
      process.kill(worker.pid, 'SIGKILL');
      await killed.finished;
    }
    const third = await begin(sweepFolder, 1, 0, 2).finished;
    expect(third.stderr).toContain('no progress within where.time, twice in a row');
    const file = path.join(folder, 'reviews.sweep.yaml');
    expect((await store.list()).runs[0]).toMatchObject({
      state: 'died',
      message: `no progress within where.time, twice in a row; raise it, then: peft-lab sweep start ${file}`,
    });
    queue(['71_0|COMPLETED|None|n1', '71_1|PENDING|Priority|', '71_2|PENDING|Priority|', '71_3|PENDING|Priority|']);
    write({ runs_per_job: 1, time: '2h' });
    const again = await start();
    expect(again.id).toBe(id);
    const submitted = readBatches(sweepFolder).findLast(({ stage }) => stage === 0)!;
    expect(submitted.tasks).toEqual([[[0, 0, 0]]]);
    expect(told(`options-${submitted.id}`)).toContain('--time=120\n');
    // Resumed by its name, it has the place of its first start.
    const warning = `for those of its file now: peft-lab sweep start ${file}`;
    expect(again.stderr).not.toContain(warning);
    expect((await run('resume', id)).stderr).toContain(warning);
  });

  it('is not started by hand as a task, nor where there is no Slurm', async () => {
    const { start, run } = workplace();
    const { sweepFolder } = await start();
    const task = await run('task', sweepFolder, '--batch', '1', '--kill-wait', '9', '0');
    expect(task).toMatchObject({
      code: 2,
      stderr: 'sweep task: is started by Slurm alone; use peft-lab sweep resume\n',
    });
    pretendSlurm({ scontrol: 'echo "slurm_load_ctl_conf error: Unable to contact slurm controller" >&2; exit 1' });
    const { code, stderr } = await run('start', 'reviews.sweep.yaml', '--new');
    expect(code).toBe(2);
    // None is made that cannot begin: it would be the last one from then on.
    expect(stderr).not.toContain('starts sweep');
    expect((await run('resume', 'last')).stderr).toContain('where.engine: must be local');
    expect(stderr).toContain(
      'where.engine: must be local on a machine without Slurm, got slurm, and scontrol says: slurm_load_ctl_conf error: Unable to contact slurm controller; start the sweep where sbatch works',
    );
  });
});
