import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parse } from 'yaml';
import { journalLine } from '../../extension/contract/journal.ts';
import { runFiles } from '../../extension/contract/run.ts';
import { stopRun } from '../../extension/runs/control/stop.ts';
import { RunStore } from '../../extension/runs/folder/store.ts';
import { readVerdict } from '../../extension/runs/folder/sweepFolder.ts';
import { currentProcess } from '../../extension/runs/process/process.ts';
import { fakeTrainer } from '../support/fakeTrainerProcess.ts';
import { end, hello, newRun } from '../support/newRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const trainer = fakeTrainer();

/** Two methods, two rates on one tuning seed, two seeds for the results: eight runs. */
const eightRuns = {
  experiment: 'reviews.peft.yaml',
  methods: ['ln-tuning', 'bitfit'],
  tune: { 'training.learning_rate': [1e-3, 1e-2], seeds: [1001] },
  seeds: [1, 2],
};

function workplace(sweep: object = eightRuns, fake: object = {}, training?: object) {
  const folder = temporaryFolder();
  const writeConfig = (name: object): void =>
    writeFileSync(
      path.join(folder, 'reviews.peft.yaml'),
      JSON.stringify({
        name: JSON.stringify(name),
        model: path.resolve('examples/model'),
        task: 'classification',
        methods: ['full'],
        training,
        data: { train: 'train.tsv', validation: 'dev.tsv', test: 'test.tsv' },
      }),
    );
  for (const split of ['train', 'dev', 'test'])
    writeFileSync(path.join(folder, `${split}.tsv`), 'text\tlabel\na good film\t1\na bad one\t0\n');
  writeConfig(fake);
  writeFileSync(path.join(folder, 'reviews.sweep.yaml'), JSON.stringify(sweep));
  const store = new RunStore(path.join(folder, '.peft-lab', 'runs'));
  const begin = (...words: string[]) => trainer.start(['sweep', ...words], folder);
  const run = (...words: string[]) => begin(...words).finished;
  const variants = async () => (await store.list()).runs.map(({ record, state }) => ({ ...record.sweep, state }));
  return { folder, store, begin, run, variants, writeConfig };
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1)!;

describe('a sweep', () => {
  it('tunes every method on validation, then judges it with fresh seeds, and makes no run twice', async () => {
    const { run, store, variants } = workplace();
    const first = await run('start', 'reviews.sweep.yaml');
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toContain('8 of 8 runs finished');
    const made = await variants();
    expect(made.map(({ index, stage, arm, state }) => [index, stage, arm, state])).toEqual([
      [0, 'tuning', 'ln-tuning', 'finished'],
      [1, 'tuning', 'ln-tuning', 'finished'],
      [2, 'tuning', 'bitfit', 'finished'],
      [3, 'tuning', 'bitfit', 'finished'],
      [4, 'results', 'ln-tuning', 'finished'],
      [5, 'results', 'ln-tuning', 'finished'],
      [6, 'results', 'bitfit', 'finished'],
      [7, 'results', 'bitfit', 'finished'],
    ]);
    const seeds = (await store.list()).runs.map(({ record }) => record.seed);
    expect(seeds).toEqual([1001, 1001, 1001, 1001, 1, 2, 1, 2]);
    const again = await run('start', 'reviews.sweep.yaml');
    expect({ code: again.code, stdout: again.stdout }).toEqual({ code: 0, stdout: first.stdout });
    expect(await variants()).toEqual(made);
    const status = await run('status', 'reviews.sweep.yaml', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({ total: 8, finished: 8, failed: [] });
  });

  it('has for its runs what the settings chose when it was first started and its config leaves open', async () => {
    const { run, store } = workplace({ ...eightRuns, tune: undefined, limit: { hours: 1e-9 } });
    const first = await run('start', 'reviews.sweep.yaml', '--default', 'threads=1', '--default', 'task=regression');
    expect(first.stderr).toContain('1 of 4 runs finished');
    await run('resume', 'last');
    const again = await run('start', 'reviews.sweep.yaml', '--default', 'threads=2');
    expect(again.stderr).toMatch(
      /goes on with the settings that it was first started with \(threads=1\); with those of now: peft-lab sweep start \S+ --new/,
    );
    const configs = (await store.list()).runs.map(({ record }) => record.config as Record<string, unknown>);
    expect(configs.map(({ threads, task }) => ({ threads, task }))).toEqual(
      Array(3).fill({ threads: '1', task: 'classification' }),
    );
    expect((await run('start', 'reviews.sweep.yaml')).stderr).toContain('goes on with the settings');
    expect((await run('resume', 'last')).stderr).not.toContain('settings');
  });

  it('is started in short from a config and options, which write its file', async () => {
    const { folder, run, variants } = workplace();
    const options = [
      '--methods',
      'bitfit,[prefix, ln-tuning]',
      '--tune',
      'training.learning_rate=1e-3',
      '--tune',
      'training.learning_rate=1e-2',
      '--seeds',
      '1-2',
    ];
    const price = await run('reviews.peft.yaml', ...options, '--dry-run');
    expect(lastLine(price.stdout)).toContain('2 arms × (2 values × 2 seeds + 2 seeds) = 12 runs');
    expect(readdirSync(folder)).not.toContain('reviews-2.sweep.yaml');
    const first = await run('reviews.peft.yaml', ...options);
    expect(first.stderr).toContain('wrote reviews-2.sweep.yaml');
    expect(first.stderr).toContain('12 of 12 runs finished');
    expect(parse(readFileSync(path.join(folder, 'reviews-2.sweep.yaml'), 'utf8'))).toEqual({
      experiment: 'reviews.peft.yaml',
      methods: ['bitfit', ['prefix', 'ln-tuning']],
      tune: { 'training.learning_rate': [1e-3, 1e-2] },
      seeds: [1, 2],
    });
    const again = await run('reviews.peft.yaml', ...options);
    expect(again.stderr).toContain('goes on with sweep');
    expect(await variants()).toHaveLength(12);
  });

  it.each([
    [['reviews.peft.yaml'], 'add --methods ln-tuning,bitfit'],
    [['reviews.sweep.yaml', '--seeds', '3'], '--seeds: must stand beside a *.peft.yaml config, got reviews.sweep.yaml'],
    [['reviews.peft.yaml', '--methods', 'ln-tuning', '--seeds', '5-1'], '--seeds: must be a number of seeds, a range'],
    [['reviews.peft.yaml', '--methods', 'ln-tuning', '--tune', '1e-3'], '--tune: must be a key with its values'],
    [
      ['reviews.peft.yaml', '--methods', 'ln-tuning', '--set', 'training.epochs=2,3', '--set', 'training.epochs=2'],
      'must have each value once, got 2 again',
    ],
    [['reviews.peft.yaml', '--methods', '[ln-tuning'], '--methods: must be written as in a config'],
  ])('says what is wrong with the short form %j', async (words, message) => {
    const { code, stderr } = await workplace().run('start', ...words);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it('is named by its file once it was started, and not before', async () => {
    const { code, stderr } = await workplace().run('stop', 'reviews.sweep.yaml');
    expect(stderr).toMatch(
      /^reviews\.sweep\.yaml: must have been started to be looked at, .*start it with `peft-lab sweep start/,
    );
    expect(code).toBe(2);
  });

  it('runs several at a time where it may', async () => {
    const { run, variants } = workplace({ ...eightRuns, where: { at_once: 3 } });
    expect((await run('start', 'reviews.sweep.yaml')).code).toBe(0);
    expect((await variants()).map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it.skipIf(availableParallelism() < 2)(
    'runs one beside another once it is known that there is memory for it',
    async () => {
      const training = { kept_activations_mb: 0 };
      const { begin, run, variants } = workplace(eightRuns, { steps: 20_000, stepMs: 10, memoryBytes: 1000 }, training);
      const running = begin('start', 'reviews.sweep.yaml');
      await running.saying('2/8');
      expect((await run('stop', 'last')).code).toBe(0);
      expect((await running.finished).code).toBe(130);
      expect((await variants()).slice(0, 2).map(({ state }) => state)).toEqual(['stopped', 'stopped']);
    },
  );

  it('gives each run at a time a GPU of its own, of those that it may use itself', async () => {
    const { run, store } = workplace({ ...eightRuns, where: { gpus: 2 } }, { steps: 30, stepMs: 10 });
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '5,7,9');
    const { code, stderr } = await run('start', 'reviews.sweep.yaml').finally(() => vi.unstubAllEnvs());
    expect(code, stderr).toBe(0);
    const seen = (await store.list()).runs.map(
      ({ folder }) => /GPU .*/.exec(readFileSync(path.join(folder, runFiles.log), 'utf8'))?.[0],
    );
    expect(new Set(seen)).toEqual(new Set(['GPU 5', 'GPU 7']));
    expect(seen.slice(0, 2).sort()).toEqual(['GPU 5', 'GPU 7']);
  });

  it('halves: trains all candidates a little, and those that go on a little more, up to one whole run', async () => {
    const search = { halving: { eta: 2, first: '1 epoch' } };
    const rates = [1e-3, 4e-3, 2e-3, 3e-3];
    const tune = { 'training.learning_rate': rates, seeds: [1001], search };
    const sweep = { ...eightRuns, methods: ['ln-tuning'], tune, seeds: [1] };
    const { run, store, variants } = workplace(sweep, { steps: 8 }, { epochs: 4 });
    const { code, stderr } = await run('start', 'reviews.sweep.yaml');
    expect(stderr).toContain('2 of 5 runs finished, 3 left behind by halving');
    expect(code).toBe(0);
    const { runs } = await store.list();
    // Steps of the rungs: 1 epoch, 2 epochs, whole runs.
    expect(runs.map(({ summary }) => summary.step)).toEqual([2, 8, 2, 4, 8]);
    expect(runs.at(-1)!.record.config).toMatchObject({ 'training.learning_rate': '0.004' });
    expect((await variants()).map(({ state }) => state)).toEqual([
      'stopped',
      'finished',
      'stopped',
      'stopped',
      'finished',
    ]);
    expect((await run('start', 'reviews.sweep.yaml')).code).toBe(0);
    expect((await store.list()).runs).toEqual(runs);
  });

  it('goes on with its file, or by its name, in a project that has been renamed', async () => {
    const { folder, run } = workplace({ ...eightRuns, tune: undefined, limit: { hours: 1e-9 } });
    const first = await run('start', 'reviews.sweep.yaml');
    renameSync(folder, `${folder}-later`);
    onTestFinished(() => rmSync(`${folder}-later`, { recursive: true }));
    for (const [words, done] of [
      [['start', 'reviews.sweep.yaml'], '2 of 4'],
      [['resume', 'last'], '3 of 4'],
    ] as const) {
      const later = await trainer.start(['sweep', ...words], `${folder}-later`).finished;
      expect(later.stdout, later.stderr).toBe(first.stdout);
      expect(later.stderr).toContain(`${done} runs finished`);
    }
  });

  it('goes on after its process was killed: no run is missing, none is there twice', async () => {
    const { begin, run, variants } = workplace(eightRuns, { steps: 10, stepMs: 20 });
    const killed = begin('start', 'reviews.sweep.yaml');
    await killed.saying('2/8');
    killed.child.kill('SIGKILL');
    await killed.finished;
    const before = await variants();
    expect(before.length).toBeGreaterThanOrEqual(1);
    const resumed = await run('start', 'reviews.sweep.yaml');
    expect(resumed.stderr).toContain('8 of 8 runs finished');
    const after = await variants();
    expect(after.map(({ index, state }) => [index, state])).toEqual([...after.keys()].map((i) => [i, 'finished']));
    expect(after).toHaveLength(8);
  });

  it('stops with a checkpoint when it is asked to, and is resumed by its name', async () => {
    const { begin, run, variants } = workplace(eightRuns, { steps: 2000, stepMs: 10 });
    const running = begin('start', 'reviews.sweep.yaml');
    await running.saying('/2,000');
    expect((await run('stop', 'last')).code).toBe(0);
    const end = await running.finished;
    expect(end.code).toBe(130);
    expect(end.stderr).toMatch(/go on with: peft-lab sweep resume \S+reviews/);
    expect((await variants()).map(({ state }) => state)).toEqual(['stopped']);
    expect(lastLine((await run('status', 'last')).stdout)).toMatch(/^go on with: peft-lab sweep resume \S+reviews/);
  });

  it('goes on in a process of its own where that is asked for, which says with the sweep what it does', async () => {
    const { folder, run } = workplace({ ...eightRuns, tune: undefined });
    const { code, stdout } = await run('start', 'reviews.sweep.yaml', '--detach');
    expect(code).toBe(0);
    const id = lastLine(stdout);
    const status = async () => JSON.parse((await run('status', id, '--json')).stdout) as { finished: number };
    await expect.poll(status, { interval: 200 }).toMatchObject({ total: 4, finished: 4 });
    const log = () => readFileSync(path.join(folder, '.peft-lab', 'runs', '.sweeps', id, 'output.log'), 'utf8');
    await expect.poll(log).toContain('4 of 4 runs finished');
  });

  it('goes on in a process of its own with the place and the limits that its file names now', async () => {
    const fourRuns = { ...eightRuns, tune: undefined };
    const { folder, run } = workplace({ ...fourRuns, limit: { hours: 1e-9 } });
    const first = await run('start', 'reviews.sweep.yaml');
    expect(first.stderr).toContain('1 of 4 runs finished');
    writeFileSync(path.join(folder, 'reviews.sweep.yaml'), JSON.stringify({ ...fourRuns, where: { at_once: 2 } }));
    const { code, stdout } = await run('start', 'reviews.sweep.yaml', '--detach');
    expect({ code, stdout }).toEqual({ code: 0, stdout: first.stdout });
    const log = path.join(folder, '.peft-lab', 'runs', '.sweeps', stdout.trim(), 'output.log');
    await expect.poll(() => readFileSync(log, 'utf8')).toMatch(/of 4 runs finished/);
    expect(readFileSync(log, 'utf8')).toContain('4 of 4 runs finished');
  });

  it('begins no run that was still being prepared when the sweep was asked to stop', async () => {
    const { folder, begin, run, variants } = workplace(eightRuns, { awaits: 'preparing' });
    const running = begin('start', 'reviews.sweep.yaml');
    await running.saying('preparing');
    expect((await run('stop', 'last')).stderr).toContain('0 runs stopped; no further one starts');
    writeFileSync(path.join(folder, 'go'), '');
    expect((await running.finished).code).toBe(130);
    expect(await variants()).toEqual([]);
    // Nor does one that was to go on in the background, and is asked before it gets there.
    const detached = await run('resume', 'last', '--detached');
    expect(detached.stderr).toContain('0 of 8 runs finished');
    expect((await run('resume', 'last')).stderr).toContain('8 of 8 runs finished');
  });

  it.runIf(process.platform !== 'win32').each([
    ['is stopped', { fate: 'slow' }],
    ['hangs when it is stopped', { fate: 'hang' }],
  ])('goes on with its other runs when one of them %s', async (_, fake) => {
    const threeRuns = {
      ...eightRuns,
      methods: ['ln-tuning'],
      tune: undefined,
      seeds: [1, 2, 3],
      where: { at_once: 1 },
    };
    const { begin, store, variants } = workplace(threeRuns, { ...fake, steps: 50, at: 2, fateOfSeed: 1 });
    const running = begin('start', 'reviews.sweep.yaml');
    const first = async () => (await store.list()).runs[0]?.folder ?? '';
    const journal = async () => {
      const file = path.join(await first(), runFiles.journal);
      return existsSync(file) ? readFileSync(file, 'utf8') : '';
    };
    await expect.poll(journal, { interval: 20 }).toContain('"progress"');
    await stopRun(store, await first(), { graceMs: fake.fate === 'hang' ? 0 : 60_000, termMs: 100, pollMs: 5 });
    const { code, stderr } = await running.finished;
    expect(stderr).toContain('2 of 3 runs finished');
    expect(stderr).toMatch(/^go on with: peft-lab sweep resume /m);
    expect(code).toBe(1);
    expect((await variants()).map(({ state }) => state)).toEqual(['stopped', 'finished', 'finished']);
  });

  it.runIf(process.platform !== 'win32')('keeps no other from its work when it cannot be read', async () => {
    const { folder, run } = workplace({ ...eightRuns, tune: undefined });
    const first = await run('start', 'reviews.sweep.yaml');
    const sweeps = path.join(folder, '.peft-lab', 'runs', '.sweeps');
    for (const name of ['20990101-damaged', '20990102-empty', '20990103-link']) mkdirSync(path.join(sweeps, name));
    writeFileSync(path.join(sweeps, '20990101-damaged', 'sweep.json'), '{"version": 1');
    symlinkSync('/dev/zero', path.join(sweeps, '20990103-link', 'sweep.json'));
    expect(await run('start', 'reviews.sweep.yaml')).toMatchObject({ code: 0, stdout: first.stdout });
    expect((await run('status', 'reviews.sweep.yaml')).stdout).toContain('4 of 4 runs finished');
    const status = await run('status');
    expect(status).toMatchObject({ code: 0, stdout: `${first.stdout.trim()}: 4 of 4 runs finished\n` });
    expect(status.stderr).toContain('damaged: sweep.json is not of version 1 of this program (not JSON)\n');
    expect(status.stderr).toContain('empty: is not a sweep: it has no sweep.json\n');
    expect(status.stderr).toContain('link/sweep.json: must be a file, got a device');
    expect((await run('status', 'damaged')).code).toBe(1);
  });

  it.each([
    ['on a full disk', 'full-disk', 'ENOSPC'],
    ['where the data file is away', 'missing-file', 'ENOENT'],
  ])('starts no further run %s, and goes on with all of them once that is mended', async (_, fate, code) => {
    const fourRuns = { ...eightRuns, tune: undefined, where: { at_once: 1 } };
    const { run, variants } = workplace(fourRuns, { fate, fateOfSeed: 2 });
    const full = await run('start', 'reviews.sweep.yaml');
    expect(full.code).toBe(1);
    expect(full.stderr).toContain(`no further run was started: it would end as the last one did (${code})\n`);
    expect(full.stderr).toMatch(/^go on with: peft-lab sweep resume /m);
    expect((await variants()).map(({ state }) => state)).toEqual(['finished', 'died']);
    expect((await run('resume', 'last')).stderr).toContain('no further run was started');
    expect((await variants()).map(({ state }) => state)).toEqual(['finished', 'finished', 'finished', 'died']);
    expect((await run('resume', 'last')).stderr).toContain('4 of 4 runs finished');
  });

  it('starts what was queued beside it once it is whole', async () => {
    const twoRuns = { ...eightRuns, methods: ['ln-tuning'], tune: undefined, where: { at_once: 1 } };
    const { folder, begin, store, variants } = workplace(twoRuns, { awaits: 'ending' });
    const running = begin('start', 'reviews.sweep.yaml');
    await running.saying('1/2');
    const queued = await trainer.start(['train', 'reviews.peft.yaml', '--queue'], folder).finished;
    expect(queued.code, queued.stderr).toBe(0);
    expect((await variants()).map(({ state }) => state).sort()).toEqual(['queued', 'running']);
    writeFileSync(path.join(folder, 'go'), '');
    expect((await running.finished).stderr).toContain('2 of 2 runs finished');
    const state = async () => (await store.read(path.join(store.folder, queued.stdout.trim()))).state;
    await expect.poll(state).toBe('finished');
  });

  it('is told of without a run that cannot be read, stops without it, and names the cure where it would go on', async () => {
    const { folder, store, run } = workplace({ ...eightRuns, tune: undefined, seeds: [1, 2, 3, 4] });
    const id = (await run('start', 'reviews.sweep.yaml')).stdout.trim();
    const record = path.join(store.folder, `${id}-0003`, runFiles.record);
    const kept = readFileSync(record);
    writeFileSync(record, kept.subarray(0, 100));
    const problem = `${path.dirname(record)}: run.json is not of version 1 of this program (not JSON); put back what is damaged, or move the folder away and resume the sweep, which trains that run anew\n`;
    const status = await run('status');
    expect(status.stdout).toContain(`${id}: 7 of 8 runs finished\n`);
    expect(status.stderr).toBe(problem);
    const report = await run('report', id);
    expect(report).toMatchObject({ code: 0, stderr: problem });
    expect(report.stdout).toContain('ln-tuning: 1 of 4 runs have no result (seed 4 not run yet)');
    expect(await run('stop', id)).toMatchObject({ code: 0 });
    expect(await run('resume', id)).toMatchObject({ code: 1, stderr: problem });
    renameSync(path.dirname(record), path.join(folder, 'damaged'));
    expect((await run('resume', id)).stderr).toContain('8 of 8 runs finished');
  });

  it('is run by one process at a time', async () => {
    const { begin, run, variants } = workplace(eightRuns, { steps: 2000, stepMs: 10 });
    const running = begin('start', 'reviews.sweep.yaml');
    await running.saying('/2,000');
    const second = await run('start', 'reviews.sweep.yaml');
    expect(second.code).toBe(1);
    const id = path.basename((await variants())[0]!.id!);
    expect(second.stderr).toContain(
      `sweep ${id}: one process works on a sweep at a time; process ${running.child.pid} is running it; look with \`peft-lab sweep status ${id}\`, end it with \`peft-lab sweep stop ${id}\``,
    );
    const resumed = await run('resume', id);
    expect(resumed.stderr).toContain(`end it with \`peft-lab sweep stop ${id}\``);
    expect((await run('stop', id)).code).toBe(0);
    await running.finished;
  });

  it('says which runs have no result, and that the others have', async () => {
    const { run, variants } = workplace({ ...eightRuns, tune: undefined }, { fate: 'throw' });
    const { code, stderr } = await run('start', 'reviews.sweep.yaml');
    expect(code).toBe(1);
    expect(stderr).toContain('0 of 4 runs finished');
    expect(stderr).toMatch(/^ {2}no result: bitfit, seed 2; go on with: peft-lab resume \S+reviews-\w+-0003$/m);
    // To go on with the sweep would do nothing: a run that failed is gone on with by itself.
    expect(stderr).not.toContain('sweep resume');
    expect((await run('status', 'last')).stdout).not.toContain('sweep resume');
    expect((await variants()).map(({ state }) => state)).toEqual(['failed', 'failed', 'failed', 'failed']);
  });

  it('is told to go on in the folder that it was started in', async () => {
    const { folder, run } = workplace({ ...eightRuns, tune: undefined, limit: { hours: 1e-9 } }, { fate: 'throw' });
    const elsewhere = ['--runs', path.join(folder, 'elsewhere')];
    const { stderr } = await run('start', 'reviews.sweep.yaml', ...elsewhere);
    const rest = `--runs ${path.join(folder, 'elsewhere')}\n`;
    expect(stderr).toMatch(/no result: .*; go on with: peft-lab resume \S+-0000 --runs \S+elsewhere$/m);
    expect(stderr).toMatch(/^go on with: peft-lab sweep resume \S+ --runs \S+elsewhere$/m);
    expect((await run('status', 'last', ...elsewhere)).stdout.endsWith(rest)).toBe(true);
  });

  it('keeps no verdict while another process has its last run, and keeps it once that one is resumed and ends', async () => {
    const fourRuns = { ...eightRuns, tune: undefined, where: { at_once: 1 } };
    const { folder, run, store, variants } = workplace({ ...fourRuns, limit: { hours: 1e-9 } });
    const id = (await run('start', 'reviews.sweep.yaml')).stdout.trim();
    const verdict = path.join(store.folder, '.sweeps', id, 'verdict.json');
    const sweep = { id, index: 3, stage: 'results', arm: 'bitfit', experiment: 'reviews.peft.yaml' } as const;
    const self = { ...(await currentProcess()), claimedAt: '' };
    const last = store.create(newRun({ methods: 'bitfit', seed: 2, sweep }), self, `${id}-0003`);
    writeFileSync(path.join(folder, 'reviews.sweep.yaml'), JSON.stringify(fourRuns));
    const { stderr: left } = await run('start', 'reviews.sweep.yaml');
    expect(left).toContain('3 of 4 runs finished');
    expect(left).toContain(`1 run under way elsewhere; look with: peft-lab sweep status ${id}\n`);
    expect((await variants()).at(-1)).toMatchObject({ index: 3, state: 'running' });
    expect(existsSync(verdict)).toBe(false);
    writeFileSync(path.join(last.folder, runFiles.journal), [hello(), end('failed', 2)].map(journalLine).join(''));
    const { code, stderr } = await trainer.start(['resume', last.id], folder).finished;
    expect(code, stderr).toBe(0);
    const { runs } = await store.list();
    expect(readVerdict(path.dirname(verdict), runs)).toHaveLength(1);
    expect(readVerdict(path.dirname(verdict), runs.slice(0, 3))).toBeUndefined();
  });

  it('refuses to go on with a config that has changed, and starts anew with it', async () => {
    const { folder, begin, run, writeConfig } = workplace(eightRuns, { steps: 2000, stepMs: 10 });
    const running = begin('start', 'reviews.sweep.yaml');
    await running.saying('/2,000');
    await run('stop', 'last');
    await running.finished;
    writeConfig({ steps: 3 });
    const resumed = await run('resume', 'last');
    expect(resumed.code).toBe(2);
    expect(resumed.stderr).toContain('reviews.peft.yaml: must be as it was when the sweep started');
    expect((await run('start', 'reviews.sweep.yaml')).stderr).toContain('8 of 8 runs finished');
    expect(readdirSync(path.join(folder, '.peft-lab', 'runs', '.sweeps'))).toHaveLength(2);
  });

  it('refuses to go on with other rows than its first runs were trained on, and goes on once they are back', async () => {
    const { folder, run, variants } = workplace({ ...eightRuns, limit: { hours: 1e-9 } });
    const first = await run('start', 'reviews.sweep.yaml');
    expect(first.stderr).toContain('1 of 8 runs finished');
    const train = path.join(folder, 'train.tsv');
    const rows = readFileSync(train);
    writeFileSync(train, 'text\tlabel\na good film\t1\n');
    const resumed = await run('resume', 'last');
    expect(resumed.stderr).toMatch(
      /^reviews\.peft\.yaml: train\.tsv \(data\.train\) must hold what it held for the first runs of the sweep, got other contents; put the old file back, or start anew: peft-lab sweep start \S+reviews\.sweep\.yaml --new$/m,
    );
    expect(resumed.code).toBe(2);
    expect(await variants()).toHaveLength(1);
    writeFileSync(train, rows);
    expect((await run('resume', 'last')).stderr).toContain('2 of 8 runs finished');
  });

  it('tells its runs and what they take before anything starts', async () => {
    const { run, variants } = workplace({ ...eightRuns, where: { at_once: 1 } });
    const { code, stdout } = await run('start', 'reviews.sweep.yaml', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/ln-tuning +2 +4 /);
    // Eight times 4:05 and 2.5 MB.
    expect(lastLine(stdout)).toMatch(
      /= 8 runs, about 32:42 on this machine, 512\sMB of memory, 20\sMB on disk; nothing/,
    );
    expect(await variants()).toEqual([]);
  });

  it('tells of each arm what it takes of the whole, in time and memory', async () => {
    const { run } = workplace({ ...eightRuns, where: { at_once: 2 } });
    const { stdout } = await run('start', 'reviews.sweep.yaml', '--dry-run');
    for (const arm of ['ln-tuning', 'bitfit'])
      expect(stdout).toMatch(new RegExp(`^${arm} +2 +4 +8:10 +1\\.0\\sGB +10\\sMB`, 'm'));
    expect(lastLine(stdout)).toContain('about 16:21 on this machine');
  });

  it('tells with the check what its runs need, and that it will be longer than it may', async () => {
    const { run } = workplace({ ...eightRuns, limit: { hours: 0.25 }, where: { at_once: 2 } });
    const told = await run('check', 'reviews.sweep.yaml');
    expect(told.stdout).toContain('about 16:21 on this machine');
    expect(told.stdout).toContain('longer than limit.hours 0.25: it will stop then');
    const { cost } = JSON.parse((await run('check', 'reviews.sweep.yaml', '--json')).stdout) as { cost: object };
    expect(cost).toEqual({ seconds: 4 * 245.2, memoryBytes: 1_024_000_000, diskBytes: 20_000_000 });
  });

  it('starts no further run when its hours are over, and goes on for as long again', async () => {
    const { run, variants } = workplace({ ...eightRuns, limit: { hours: 1e-9 } });
    const first = await run('start', 'reviews.sweep.yaml');
    expect(first.code).toBe(1);
    expect(first.stderr).toContain('limit.hours: 1e-9 h are over; no further run was started');
    expect(first.stderr).toMatch(/go on with: peft-lab sweep resume/);
    expect((await variants()).map(({ state }) => state)).toEqual(['finished']);
    await run('resume', 'last');
    expect((await variants()).map(({ state }) => state)).toEqual(['finished', 'finished']);
  });

  it.each([
    ['layout', 2, 'must have the runs that version 0.0.9 planned'],
    ['configs', 0, 'runs of both may not be comparable'],
  ])('says that the version that started it had another plan: %s', async (part, code, message) => {
    const { folder, run } = workplace(eightRuns);
    await run('start', 'reviews.sweep.yaml');
    const sweeps = path.join(folder, '.peft-lab', 'runs', '.sweeps');
    const file = path.join(sweeps, readdirSync(sweeps)[0]!, 'sweep.json');
    const record = JSON.parse(readFileSync(file, 'utf8')) as { plan: Record<string, string> };
    writeFileSync(
      file,
      JSON.stringify({ ...record, codeVersion: '0.0.9', plan: { ...record.plan, [part]: 'of other code' } }),
    );
    const resumed = await run('resume', 'last');
    expect(resumed.stderr).toContain(message);
    expect(resumed.code).toBe(code);
    expect((await run('status', 'last')).stderr).toContain('0.0.9');
  });

  it.each([
    ['methods: [ln-tuning', 'brackets must be closed'],
    ['methods: [ln-tunin]\nexperiment: reviews.peft.yaml', 'did you mean ln-tuning?'],
    ['methods: [ln-tuning]\nexperiment: other.peft.yaml', 'experiment: other.peft.yaml does not exist'],
  ])('says what is wrong with %j', async (text, message) => {
    const { folder, run } = workplace();
    writeFileSync(path.join(folder, 'reviews.sweep.yaml'), text);
    const { code, stderr } = await run('start', 'reviews.sweep.yaml');
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
