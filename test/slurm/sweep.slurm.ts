import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { JournalEvent } from '../../extension/contract/journal.ts';
import { type RunHolder, runFiles } from '../../extension/contract/run.ts';
import { readJournal } from '../../extension/runs/journal/journalReader.ts';
import { sendSignal } from '../support/sendSignal.ts';
import { SlurmCluster, until, whyNoCluster } from '../support/slurmCluster.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const missing = whyNoCluster();
if (missing !== undefined) console.log(`Tests that ran on Slurm: 0: ${missing}.`);

/** Two methods, two rates on one tuning seed, four seeds for the results: twelve runs. */
const twelveRuns = {
  experiment: 'reviews.peft.yaml',
  methods: ['ln-tuning', 'bitfit'],
  tune: { 'training.learning_rate': [3e-3, 1e-2], seeds: [1001] },
  seeds: 4,
};
const onSlurm = { engine: 'slurm', partition: 'low', time: '10m', runs_per_job: 1 };

/** Two methods, of three rates each the best one goes on after an epoch, two seeds for the results: ten runs. */
const halved = {
  experiment: 'longer.peft.yaml',
  methods: ['ln-tuning', 'bitfit'],
  tune: {
    'training.learning_rate': [1e-3, 3e-3, 1e-2],
    seeds: [1001],
    search: { halving: { eta: 3, first: '1 epoch' } },
  },
  seeds: 2,
};

describe.runIf(missing === undefined)('a sweep on several nodes', () => {
  // Sockets need a short path, and a path may hold anything.
  const place = mkdtempSync('/tmp/peft-slurm-');
  const folder = path.join(place, "shared 50 % of 'it'");
  let cluster: SlurmCluster;

  beforeAll(async () => {
    cluster = await SlurmCluster.start(path.join(place, 'cluster'));
    mkdirSync(folder);
    for (const [name, rows] of [
      ['train', 500],
      ['validation', 150],
    ] as const) {
      const lines = readFileSync(path.join(root, `examples/data/reviews-${name}.tsv`), 'utf8').split('\n');
      writeFileSync(path.join(folder, `${name}.tsv`), `${lines.slice(0, rows + 1).join('\n')}\n`);
    }
    const config = {
      model: path.join(root, 'examples/model'),
      task: 'classification',
      methods: ['full'],
      data: {
        ...{ train: 'train.tsv', validation: 'validation.tsv', test: 'validation.tsv' },
        max_length: 64,
      },
      training: { epochs: 1, batch_size: 8 },
    };
    const write = (name: string, content: object): void =>
      writeFileSync(path.join(folder, name), JSON.stringify(content));
    write('reviews.peft.yaml', config);
    write('longer.peft.yaml', { ...config, training: { ...config.training, epochs: 3 } });
    write('here.sweep.yaml', twelveRuns);
    write('there.sweep.yaml', { ...twelveRuns, where: onSlurm });
    write('halvedHere.sweep.yaml', halved);
    write('halvedThere.sweep.yaml', { ...halved, where: { ...onSlurm, partition: 'apart' } });
  });
  afterAll(async () => {
    await cluster?.stop();
    // Processes that are about to end may still be writing into it for a moment.
    await vi.waitFor(() => rmSync(place, { recursive: true, force: true }), { timeout: 60_000 });
  });

  /** The command line as people have it. */
  async function lab(
    ...words: readonly string[]
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
    return await new Promise((resolve) => {
      const program = [path.join(root, 'dist/trainer.cjs'), ...words];
      execFile(process.execPath, program, { cwd: folder, env: cluster.environment }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      });
    });
  }

  /** Of a sweep in a runs folder. */
  const runFolder = (where: string, sweep: string, index: number): string =>
    path.join(folder, where, `${sweep}-${String(index).padStart(4, '0')}`);
  const holder = (run: string): RunHolder => JSON.parse(readFileSync(path.join(run, runFiles.process), 'utf8'));
  const eventsOf = async (run: string): Promise<readonly JournalEvent[]> =>
    (await readJournal(path.join(run, runFiles.journal))).events;
  const has = async (run: string, wanted: (event: JournalEvent) => boolean): Promise<boolean> =>
    existsSync(path.join(run, runFiles.journal)) && (await eventsOf(run)).some(wanted);

  /** Has the worker of a run stand still in the midst of training, whatever the machine's speed, so that things can happen to it. */
  async function hold(run: string): Promise<RunHolder> {
    await until(`${run} trains`, () => has(run, ({ type }) => type === 'progress'));
    const record = holder(run);
    process.kill(record.worker!.pid, 'SIGSTOP');
    return record;
  }
  const letGo = ({ worker }: RunHolder): void => sendSignal('SIGCONT', worker!.pid);
  const logOf = (sweep: string, id: string): string => {
    const file = path.join(folder, 'runs', '.sweeps', sweep, 'slurm', `${id}.log`);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  const resumed = (attempt: number) => (event: JournalEvent) => event.type === 'resumed' && event.attempt === attempt;
  const finished = ({ type, ...event }: JournalEvent): boolean =>
    type === 'end' && 'state' in event && event.state === 'finished';

  /** Everything that is reported of a sweep but time and memory, which are the machine's. */
  async function tables(where: string, sweep: string): Promise<string> {
    const { stdout } = await lab('sweep', 'report', sweep, '--runs', where, '--json', '--details');
    const isOfMachine = (key: string): boolean => ['seconds', 'peakBytes', 'memory'].includes(key);
    return JSON.stringify(JSON.parse(stdout, (key, value) => (isOfMachine(key) ? 0 : value)));
  }

  /** A sweep that was disturbed must show what the other shows, of each row of each result, and keep the same verdict. */
  async function expectSame(
    [where, sweep]: readonly [where: string, sweep: string],
    [otherWhere, other]: readonly [where: string, sweep: string],
    results: readonly number[],
  ): Promise<void> {
    expect(await tables(where, sweep)).toBe(await tables(otherWhere, other));
    const outcomes = (where: string, name: string, index: number): string =>
      readFileSync(path.join(runFolder(where, name, index), 'outcomes-test.json'), 'utf8');
    for (const index of results) expect(outcomes(where, sweep, index)).toBe(outcomes(otherWhere, other, index));
    const verdict = (where: string, name: string): unknown =>
      JSON.parse(readFileSync(path.join(folder, where, '.sweeps', name, 'verdict.json'), 'utf8')).sentences;
    expect(verdict(where, sweep)).toEqual(verdict(otherWhere, other));
  }

  it('tells what Slurm would not take before anything starts', async () => {
    const refused = { ...twelveRuns, where: { ...onSlurm, partition: 'gpu' } };
    writeFileSync(path.join(folder, 'refused.sweep.yaml'), JSON.stringify(refused));
    const { code, stderr } = await lab('sweep', 'start', 'refused.sweep.yaml', '--runs', 'refused');
    expect(stderr).toContain(
      'where: must be what Slurm takes, got: allocation failure: Invalid partition name specified',
    );
    expect(code).toBe(2);
    expect(cluster.ask('squeue', '--noheader')).toBe('');
  });

  it.concurrent('ends with the tables of an undisturbed one, whatever happens to its jobs', async () => {
    const undisturbed = lab('sweep', 'start', 'here.sweep.yaml', '--runs', 'here');
    const start = await lab('sweep', 'start', 'there.sweep.yaml', '--runs', 'runs');
    expect(start.code, start.stderr).toBe(0);
    expect(start.stderr).toContain('12 jobs submitted');
    const sweep = start.stdout.trim();
    const run = (index: number): string => runFolder('runs', sweep, index);
    const again = await lab('sweep', 'start', 'there.sweep.yaml', '--runs', 'runs');
    expect(again.stderr).toContain('0 jobs submitted');

    // A preemption on the node of the first run, a node whose daemon is killed under the second one.
    const [first, second] = [await hold(run(0)), await hold(run(1))];
    expect([first.host, second.host].sort()).toEqual(['n1', 'n2']);
    const status = await lab('sweep', 'status', sweep, '--runs', 'runs');
    expect(status.stdout).toMatch(/job \d+, tuning: 2 running on n1 n2; 2 waiting: /);
    expect(status.stdout).toMatch(/job \d+, results: 8 waiting: for the stage before \(Dependency\)/);
    const lost = second.host as 'n1' | 'n2';
    await cluster.killNode(lost);
    cluster.ask('sbatch', '-p', 'high', '-w', first.host, '-o', '/dev/null', '--wrap', 'true');
    await until('the first run is warned', () => logOf(sweep, first.job!.id).includes('stopping after this step'));
    letGo(first);

    // One is cancelled, and has a job again after a resume, before the results.
    const third = await hold(run(2));
    expect((await eventsOf(run(0))).find(({ type }) => type === 'end')).toMatchObject({ state: 'stopped', attempt: 1 });
    cluster.ask('scancel', third.job!.id);
    await until('the third run has stopped', () =>
      has(run(2), (event) => event.type === 'end' && event.state === 'stopped'),
    );
    // Slurm takes a moment to let go of a job that has ended: till then there is nothing to submit.
    await until('the third run has a job again', async () =>
      (await lab('sweep', 'resume', sweep, '--runs', 'runs')).stderr.includes('9 jobs submitted'),
    );
    await until('the first run goes on', () => has(run(0), resumed(2)));

    await until('the second run is taken over', () => holder(run(1)).attempt === 2);
    expect(holder(run(1))).toMatchObject({ job: { ...second.job, restarts: 1 } });
    // The old worker wakes up in the midst of a step, and must leave the run alone.
    letGo(second);
    await until('the old worker is gone', () => !existsSync(`/proc/${second.worker!.pid}`));
    cluster.startNode(lost);
    await until('the second run is finished', () => has(run(1), finished));
    expect((await eventsOf(run(1))).filter((event) => event.type === 'end')).toHaveLength(1);

    // One comes near its time limit: the limit comes to it.
    await until('a result is trained', () => existsSync(path.join(run(4), runFiles.process)));
    const late = await hold(run(4));
    cluster.ask('scontrol', 'update', `JobId=${late.job!.id}`, 'TimeLimit=1');
    await until('it is warned', () => logOf(sweep, late.job!.id).includes('stopping after this step'));
    cluster.ask('scontrol', 'update', `JobId=${late.job!.id}`, 'TimeLimit=10');
    letGo(late);
    await until('it goes on', () => has(run(4), resumed(2)));

    const isOver = (): boolean => cluster.ask('squeue', '--noheader', '--partition=low,high') === '';
    await until('all jobs are over', isOver, 240_000);
    const end = await lab('sweep', 'status', sweep, '--runs', 'runs');
    expect(end.stdout).toBe(`${sweep}: 12 of 12 runs finished\n`);
    expect(readdirSync(path.join(folder, 'runs')).filter((name) => !name.startsWith('.'))).toHaveLength(12);

    const here = await undisturbed;
    expect(here.code, here.stderr).toBe(0);
    await expectSame(['runs', sweep], ['here', here.stdout.trim()], [4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it.concurrent('halves, each rung after the one before, and loses nothing to a job that is killed at its limit', async ({
    onTestFinished,
  }) => {
    const undisturbed = lab('sweep', 'start', 'halvedHere.sweep.yaml', '--runs', 'halvedHere');
    const start = await lab('sweep', 'start', 'halvedThere.sweep.yaml', '--runs', 'halved');
    expect(start.stderr).toContain('12 jobs submitted');
    const sweep = start.stdout.trim();
    const run = (index: number): string => runFolder('halved', sweep, index);

    // It never wakes up for long enough to hear a warning, or that its end is here.
    const { pid, worker, job } = await hold(run(0));
    const stunned = setInterval(() => sendSignal('SIGSTOP', pid, worker!.pid), 2);
    // Nor may it go on when the test fails: pids come to others.
    onTestFinished(() => clearInterval(stunned));
    cluster.ask('scontrol', 'update', `JobId=${job!.id}`, 'TimeLimit=1');
    const status = await lab('sweep', 'status', sweep, '--runs', 'halved');
    expect(status.stdout).toContain('tuning, rung 2 of 2: 2 waiting: for the stage before (Dependency)');
    const stateOf = (id: string): string => cluster.ask('squeue', '--noheader', '--states=all', '-j', id, '-o', '%T');
    await until('its limit has ended it', () => stateOf(job!.id).trim() === 'TIMEOUT', 240_000);
    clearInterval(stunned);
    const isOver = (): boolean => cluster.ask('squeue', '--noheader', '--partition=apart') === '';
    // What came after found nothing decided for that method, and went on with the other.
    await until('all jobs are over', isOver);
    const died = await lab('sweep', 'status', sweep, '--runs', 'halved');
    expect(died.stdout).toMatch(/^ {2}(died|stopped): ln-tuning, training\.learning_rate 0\.001, seed 1001: /m);

    const resume = await lab('sweep', 'resume', sweep, '--runs', 'halved');
    expect(resume.stderr).toContain('4 jobs submitted');
    await until('all jobs are over again', isOver, 240_000);
    const end = await lab('sweep', 'status', sweep, '--runs', 'halved');
    expect(end.stdout).toBe(`${sweep}: 6 of 10 runs finished, 4 left behind by halving\n`);

    const here = await undisturbed;
    expect(here.code, here.stderr).toBe(0);
    await expectSame(['halved', sweep], ['halvedHere', here.stdout.trim()], [6, 7, 8, 9]);
  });
});
