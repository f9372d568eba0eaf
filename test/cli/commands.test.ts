import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runFiles } from '../../extension/contract/run.ts';
import { keepQueueLimit, queueLimit } from '../../extension/runs/control/queueLimit.ts';
import { claimHolder } from '../../extension/runs/folder/claim.ts';
import { chooseEngine } from '../../extension/runs/folder/engineChoice.ts';
import { RunStore } from '../../extension/runs/folder/store.ts';
import { livenessOfRuns } from '../../extension/runs/process/process.ts';
import { differingKeys } from '../../extension/view/flatConfig.ts';
import { fakeTrainer } from '../support/fakeTrainerProcess.ts';
import { newEstimate } from '../support/newEstimate.ts';
import { newRun } from '../support/newRun.ts';
import { smallConfig } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const trainer = fakeTrainer();

function workplace(config: object = {}) {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  const store = new RunStore(path.join(folder, '.peft-lab', 'runs'));
  const run = (...words: string[]) => trainer.start(words, folder).finished;
  return { folder, store, run };
}

describe('wrong use', () => {
  it.each([
    [['trian'], "error: unknown command 'trian'\n(Did you mean train?)"],
    [['train'], "error: missing required argument 'config'"],
    [['train', 'config.json', '--sede', '1'], "error: unknown option '--sede'"],
    [
      ['train', 'config.json', '--limit', '2'],
      '--limit: needs --queue; add it, or set the limit with peft-lab queue --limit',
    ],
    [['check', 'config.json', '--runs', 'runs'], "error: unknown option '--runs'"],
    [['train', 'config.json', '--seeds', 'x'], '--seeds: must be whole numbers separated by commas, got "x"'],
    [['show', 'nothing'], 'run nothing: no such run in '],
    [['stop', 'last', '--grace', 'soon'], '--grace: must be a number of seconds from 0, got soon'],
    [
      ['predict', 'last', '--file', 'in.tsv'],
      'predict: needs one input; give either --text (and --text-pair) or both --file and --out',
    ],
    [['generate', '--prompt', 'a'], 'generate: needs one model; give either a run or --model FOLDER'],
    [
      ['generate', '--model', 'm'],
      'generate: needs a text to go on from, got none; give --prompt, --messages, or both --file and --out',
    ],
    [['generate', '--model', 'm', '--prompt', 'a', '--base'], '--base: needs a run, whose base model it is'],
    [
      ['generate', '--model', 'm', '--prompt', 'a', '--file', 'f', '--out', 'o'],
      'generate: needs one text to go on from, got --prompt and --file; leave all but one out',
    ],
    [['generate', '--model', 'm', '--file', 'f'], '--file: needs a file for the answers, got none; add --out FILE'],
    [
      ['generate', '--model', 'm', '--prompt', 'a', '--out', 'o'],
      '--out: needs --file, whose answers or prompts it is about, got --prompt; leave it out',
    ],
    [['generate', '--model', 'm', '--messages', 'a', '--column', 'c'], '--column: needs --file, '],
    [['generate', 'last', '--prompt', 'a', '--top-p', '2'], '--top-p: must be a number above 0 to 1, got 2'],
    [
      ['generate', 'last', '--prompt', 'a', '--max-tokens', '0.5'],
      '--max-tokens: must be a whole number from 1, got 0.5',
    ],
    [['generate', 'last', '--prompt', 'a', '--top-k', '5'], '--top-k: needs a temperature above 0'],
    [['generate', 'last', '--prompt', 'a', '--stop', ''], '--stop: must not be empty; leave it out'],
    [
      ['export', 'last', '--format', 'zip', '--out', 'x'],
      "error: option '--format <format>' argument 'zip' is invalid. Allowed choices are peft, merged, onnx, gguf, native, onnx-adapters.",
    ],
    [
      ['export', 'last', 'other', '--format', 'onnx', '--out', 'x'],
      'export: one run goes with --format onnx, got 2; name one, or take --format onnx-adapters',
    ],
    [
      ['export', 'last', '--format', 'onnx', '--out', 'x', '--dtype', 'f16'],
      '--dtype: goes with --format gguf, got onnx; leave it out',
    ],
    [
      ['export', 'last', '--format', 'gguf', '--out', 'x', '--dtype', 'f16', '--onto', 'y.gguf'],
      '--dtype: must not be given beside --onto, whose file keeps its types; leave one out',
    ],
    [['tokens', 'config.json', '--row', '0'], '--row: must be a whole number from 1, got 0'],
    [['tokens', 'config.json', '--split', 'dev'], '--split: must be one of train, validation, test, got dev'],
    [
      ['report', 'last', '--out', 'results.md'],
      '--out: must be an .html file, got results.md; its tables are copied from the page, and printed by `sweep report SWEEP`',
    ],
    [['compare', 'last'], 'compare: needs at least two runs, got 1'],
  ])('%j exits with 2 and says why', async (words, message) => {
    const { code, stdout, stderr } = await workplace().run(...words);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('prints every problem of a wrong config and trains nothing', async () => {
    const { run, store } = workplace({ invalid: 'modle: unknown key; did you mean model?' });
    const { code, stderr } = await run('train', 'config.json');
    expect(code).toBe(2);
    expect(stderr).toBe(
      'config.json:1:2 error modle: unknown key; did you mean model?\nconfig.json: 1 error; nothing was trained\n',
    );
    expect(await store.list()).toEqual({ runs: [], unreadable: [] });
  });
});

describe('sweep check', () => {
  it('counts the runs of a sweep, or tells what is wrong with it', async () => {
    const { folder, run } = workplace();
    smallConfig(folder);
    const sweep = path.join(folder, 'small.sweep.yaml');
    writeFileSync(sweep, 'experiment: small.peft.yaml\nmethods: [ln-tuning, bitfit]\nseeds: 4\n');
    const checked = await run('sweep', 'check', 'small.sweep.yaml');
    expect(checked).toMatchObject({ code: 0, stderr: 'small.sweep.yaml: no problems\n' });
    // Below stands what they cost, on a machine whose speeds were measured before.
    expect(checked.stdout).toMatch(/^2 arms × 4 seeds = 8 runs\n(about [\d:]+ .*\n)?$/);
    const told = JSON.parse((await run('sweep', 'check', 'small.sweep.yaml', '--json')).stdout);
    expect(told).toMatchObject({ runs: 8, problems: [], seeds: [1, 2, 3, 4], tuningRuns: [] });
    expect(told.cells).toEqual([
      { experiment: 'small.peft.yaml', arm: 'ln-tuning', grid: [], points: [[]] },
      { experiment: 'small.peft.yaml', arm: 'bitfit', grid: [], points: [[]] },
    ]);
    writeFileSync(sweep, 'experiment: small.peft.yaml\nmethods: [ln-tuning, bitfitt]\n');
    const wrong = await run('sweep', 'check', 'small.sweep.yaml');
    expect(wrong).toMatchObject({ code: 2, stderr: 'small.sweep.yaml: 1 error\n' });
    expect(wrong.stdout).toBe('small.sweep.yaml:2:22 error methods[1]: unknown method bitfitt; did you mean bitfit?\n');
  });
});

describe('the commands', () => {
  it('help lists them, but not those that are for programs', async () => {
    const { code, stdout } = await workplace().run('--help');
    expect(code).toBe(0);
    const listed = [...stdout.matchAll(/^ {2}([a-z]+) (?=[[<]| {4})/gm)].map(([, name]) => name);
    expect(listed).toEqual([
      'train',
      'resume',
      'sweep',
      'stop',
      'queue',
      'check',
      'tokens',
      'count',
      'estimate',
      'runs',
      'show',
      'compare',
      'report',
      'evaluate',
      'scale',
      'predict',
      'generate',
      'export',
      'push',
      'environment',
      'help',
    ]);
  });

  it('tell which version of the program they are of', async () => {
    const { version } = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../package.json'), 'utf8'));
    expect(await workplace().run('--version')).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  it('train with methods and seeds makes one run each, and compares them', async () => {
    const { run, store } = workplace({ steps: 2 });
    const { code, stdout } = await run('train', 'config.json', '--methods', 'ln-tuning,bitfit', '--seeds', '1,3');
    expect(code).toBe(0);
    expect(stdout).toContain('ln-tuning   38,400  0.035\u202f%  2/2       82.00 ± 1.41\u202f%');
    const { runs } = await store.list();
    expect(runs.map(({ state, record }) => `${record.methods} ${record.seed} ${state}`)).toEqual([
      'ln-tuning 1 finished',
      'ln-tuning 3 finished',
      'bitfit 1 finished',
      'bitfit 3 finished',
    ]);
  });

  it('a sweep that is stopped begins no further run', async () => {
    const { folder, store } = workplace({ steps: 10_000, stepMs: 10 });
    const training = trainer.start(['train', 'config.json', '--seeds', '1,2', '--json'], folder);
    await training.saying('"progress"');
    training.child.kill('SIGTERM');
    expect((await training.finished).code).toBe(130);
    expect((await store.list()).runs.map((run) => run.state)).toEqual(['stopped']);
  });

  it('advise commands that find a run of another folder', async () => {
    const { folder, run } = workplace({ fate: 'throw' });
    const runs = path.join(folder, 'my runs');
    const { stderr } = await run('train', 'config.json', '--runs', runs);
    expect(stderr).toMatch(/^go on with: peft-lab resume \S+ --runs "[^"]+my runs"$/m);
    expect((await run('train', 'config.json')).stderr).toMatch(/^go on with: peft-lab resume \S+$/m);
  });

  it('say that a mended config or row is for a new run, where none of its steps was done', async () => {
    const advice = 'a run keeps its config and data: after a change of either, train the config again';
    const { run } = workplace({ fate: 'throw', at: 1 });
    expect((await run('train', 'config.json')).stderr).toContain(`\n${advice}\n`);
    const later = workplace({ fate: 'throw' });
    expect((await later.run('train', 'config.json')).stderr).not.toContain(advice);
  });

  it('a signal that comes while a run ends begins no further run', async () => {
    const { folder, store } = workplace({ steps: 2, awaits: 'ending' });
    const training = trainer.start(['train', 'config.json', '--seeds', '1,2', '--json'], folder);
    await training.saying('"evaluation"');
    training.child.kill('SIGINT');
    await training.saying('stopping after this step');
    writeFileSync(path.join(folder, 'go'), '');
    expect((await training.finished).code).toBe(130);
    expect((await store.list()).runs.map((run) => run.state)).toEqual(['finished']);
  });

  it('stop asks a run to stop and waits for its end', async () => {
    const { folder, run } = workplace({ steps: 10_000, stepMs: 10 });
    const training = trainer.start(['train', 'config.json', '--json'], folder);
    await training.saying('"progress"');
    const { code, stdout } = await run('stop', 'last');
    expect(code).toBe(0);
    expect(stdout).toMatch(/: stopped at step \d+\n$/);
    expect((await training.finished).code).toBe(130);
    expect(await run('stop', 'last')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/must be running or queued to be stopped, is stopped/),
    });
  });

  it.runIf(process.platform !== 'win32')('stop kills a run that hangs once its time is over', async () => {
    const { folder, run, store } = workplace({ fate: 'hang', at: 2 });
    const training = trainer.start(['train', 'config.json', '--json'], folder);
    await training.saying('"progress"');
    const { code, stderr } = await run('stop', 'last', '--grace', '0');
    expect(code).toBe(0);
    expect(stderr).toBe('asked to stop after its step, checkpoint first\nhas not stopped in time; terminating it\n');
    expect((await training.finished).code).toBe(130);
    expect((await store.list()).runs[0]).toMatchObject({
      state: 'stopped',
      message: 'killed on request (SIGKILL); it left no checkpoint',
    });
  });

  it('resume refuses a finished run', async () => {
    const { run } = workplace({ steps: 1 });
    await run('train', 'config.json');
    expect(await run('resume', 'last')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/has finished and cannot be resumed/),
    });
  });

  it('runs lists, also what is no run; --json has the promised shape', async () => {
    const { run, store } = workplace({ steps: 2 });
    await run('train', 'config.json');
    mkdirSync(path.join(store.folder, 'foreign'));
    const listed = await run('runs');
    expect(listed.stdout).toMatch(/finished +ln-tuning +0 +2\/2 +80\.00\u202f%/);
    expect(listed.stderr).toBe(`${path.join(store.folder, 'foreign')}: is not a run folder: it has no run.json\n`);
    const [only] = JSON.parse((await run('runs', '--json')).stdout);
    expect(only).toMatchObject({
      state: 'finished',
      config: { steps: 2 },
      methods: 'ln-tuning',
      metrics: { accuracy: 0.8 },
      startedAt: expect.stringMatching(/^\d{4}-/),
    });
    expect((await run('runs', '--runs', 'elsewhere')).stderr).toMatch(/^no runs in .*elsewhere\n$/);
  });

  it('show tells how a run went and ended', async () => {
    const { run } = workplace({ fate: 'exit' });
    await run('train', 'config.json');
    const { stdout } = await run('show', 'last');
    expect(stdout).toMatch(/^state {5}died: the worker exited with code 3; resume goes on from step 2$/m);
    expect(stdout).toMatch(/^norm.attention {3}18,432$/m);
    expect(stdout).toContain('  | engine: cannot allocate\n');
  });

  it('show tells what computed a run, where that is settled', async () => {
    const { run, store } = workplace();
    const { id, folder } = store.create(newRun());
    expect((await run('show', id)).stdout).toMatch(/^executor {2}onnx on \w+$/m);
    chooseEngine(folder, { device: 'cpu', backbone: 'int8' });
    expect((await run('show', id)).stdout).toMatch(/^executor {2}onnx on cpu, int8$/m);
  });

  it('compare shows results and only the keys that differ', async () => {
    const { run, store } = workplace();
    const methods = [{ 'ln-tuning': { terms: ['gain', 'bias'] } }];
    const first = store.create(newRun({ config: { methods, training: { seed: 1, epochs: 3 } } })).id;
    const second = store.create(newRun({ config: { methods, training: { seed: 2, epochs: 3 } } })).id;
    const { stdout } = await run('compare', first, second);
    expect(stdout).toMatch(new RegExp(`\\nkey +${first} +${second}\\n─+\\ntraining.seed +1 +2\\n$`));
    expect(JSON.parse((await run('compare', first, second, '--json')).stdout).differences).toEqual([
      { key: 'training.seed', values: [1, 2] },
    ]);
  });

  it('compare names the keys in which runs differ as the page does', async () => {
    const { run, store } = workplace();
    const lora = (rank: number, rate: number) => ({ lora: { rank, learning_rate: rate } });
    const runs = [
      newRun({ config: { methods: [lora(8, 0.01)], training: { learning_rate: 0.01 } } }),
      newRun({
        config: { methods: [lora(16, 0.03), { bitfit: { learning_rate: 0.03 } }], training: { learning_rate: 0.03 } },
      }),
    ];
    const ids = runs.map((one) => store.create(one).id);
    const records = (await Promise.all(ids.map((id) => store.read(store.resolve(id))))).map(({ record }) => record);
    const { differences } = JSON.parse((await run('compare', ...ids, '--json')).stdout);
    expect(differences).toEqual([
      { key: 'lora.rank', values: [8, 16] },
      { key: 'methods', values: ['lora', 'lora + bitfit'] },
      { key: 'training.learning_rate', values: [0.01, 0.03] },
    ]);
    expect([...differingKeys(records).keys()]).toEqual(differences.map(({ key }: { readonly key: string }) => key));
    expect((await run('compare', ...ids)).stdout).toMatch(
      /\nmethods +lora +lora \+ bitfit\ntraining.learning_rate +0.01 +0.03\n$/,
    );
  });

  it('check prints every problem and exits with 2 on errors', async () => {
    expect(await workplace().run('check', 'config.json')).toMatchObject({
      code: 2,
      stdout: 'config.json:2:1 error modle: unknown key; did you mean model?\n',
      stderr: 'config.json: 1 error\n',
    });
  });

  it('estimate tells memory and time in words, or as JSON of the promised shape', async () => {
    const { run } = workplace();
    const { code, stdout } = await run('estimate', 'config.json');
    expect(code).toBe(0);
    expect(stdout).toBe(`memory        512 MB at most (program 185, weights 200, tuned 7, activations 120)
whole run     4:05, first step after 1.3 s
first epoch   2:00 (500 steps, 8,000 rows)
later epochs  1:58 each
evaluations   5.5 s for 2
speed         2,500 tokens/s
tokens        100,000 an epoch, 4 % more with padding, longest row 66

assumed:
  Nothing else keeps this machine busy.
`);
    expect(JSON.parse((await run('estimate', 'config.json', '--json')).stdout)).toEqual(newEstimate());
  });

  it('estimate compares methods, a line or an object for each', async () => {
    const { run } = workplace();
    const { stdout } = await run('estimate', 'config.json', '--methods', 'bitfit,[prefix, lora]');
    expect(stdout.split('\n').map((line) => line.trim().split(/ {2,}/))).toMatchObject([
      ['methods', 'memory MB', 'whole run', 'first epoch', 'later epochs', 'tokens/s'],
      [expect.any(String)],
      ['[bitfit]', '512', '4:05', '2:00', '1:58', '2,500'],
      ['[prefix, lora]', '512', '4:05', '2:00', '1:58', '2,500'],
      [''],
    ]);
    const json = (await run('estimate', 'config.json', '--methods', 'bitfit', '--json')).stdout;
    expect(JSON.parse(json)).toEqual([{ methods: '[bitfit]', ...newEstimate() }]);
  });

  it('estimate of a wrong config tells its problems', async () => {
    const { run } = workplace({ invalid: 'modle: unknown key; did you mean model?' });
    expect(await run('estimate', 'config.json')).toMatchObject({
      code: 2,
      stdout: '',
      stderr:
        'config.json:1:2 error modle: unknown key; did you mean model?\nconfig.json: 1 error; nothing was estimated\n',
    });
  });

  it('count prints one object for one choice of methods, a list for several', async () => {
    const { run } = workplace();
    expect(JSON.parse((await run('count', 'model', '--methods', 'ln-tuning', '--json')).stdout)).toEqual(
      newRun().counts,
    );
    const several = JSON.parse((await run('count', 'model', '--methods', 'ln-tuning,[prefix, lora]', '--json')).stdout);
    expect(several.map((row: { methods: string }) => row.methods)).toEqual(['[ln-tuning]', '[prefix, lora]']);
    expect((await run('count', 'model')).stdout).toContain(
      '[ln-tuning]   38,400   38,400  592,130  109,482,240  0.035\u202f%',
    );
  });

  it('evaluate, predict and export show what the operations say', async () => {
    const { run, folder, store } = workplace();
    store.create(newRun());
    expect((await run('evaluate', 'last', '--data', 'test.tsv')).stdout).toMatch(
      /accuracy {2}75\.00\u202f%\n(.*\n)*yes +1 +1\n/,
    );
    const judged = await run('evaluate', 'last', '--data', 'test.tsv', '--generate');
    expect(judged.stderr).toContain(
      'test.tsv: the run was trained on it (rows 1 … 2), so these scores are too good for unseen rows\n',
    );
    expect(judged.stdout).toContain('\nBLEU tells nothing here\n');
    expect(judged.stdout).toMatch(/accuracy {2}75\.00\u202f%\nbleu +12\.50\n(.*\n)*2 texts: .*test\.tsv\.written\n$/);
    expect((await run('predict', 'last', '--text', 'good')).stdout).toBe('yes\tyes 0.7500  no 0.2500\n');
    expect(JSON.parse((await run('predict', 'last', '--text', 'good', '--json')).stdout)[0].label).toBe('yes');
    expect((await run('predict', 'last', '--file', 'in.tsv', '--out', 'out.jsonl')).stderr).toMatch(
      /1 of 4 rows are bad and were skipped \(25 %\):\n {2}.*in\.tsv:2: must have 2 fields\npredictions written to .*out\.jsonl\n/,
    );
    expect((await run('export', 'last', '--format', 'onnx', '--out', 'out')).stdout).toBe(
      `${path.join(folder, 'out', 'onnx')}\n`,
    );
  });

  it('generate shows text as it comes, the base beside, or one object for each', async () => {
    const { run, store } = workplace();
    store.create(newRun());
    const asked = ['generate', 'last', '--prompt', 'a'];
    const ended = '2 tokens in 0.5000 s, ended by the model\n';
    expect(await run(...asked)).toMatchObject({ stdout: 'one 0\n', stderr: `tuned: ${ended}` });
    const both = await run(...asked, '--base');
    expect(both.stdout).toBe('tuned:\none 0\nbase:\none 1\n');
    expect(both.stderr).toBe(`tuned: ${ended}base: ${ended}`);
    const lines = (await run(...asked, '--base', '--json')).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { by: 'tuned', text: 'one 0', tokens: 2, promptTokens: 3, reason: 'end' },
      { by: 'base', text: 'one 1' },
    ]);
    expect((await run('generate', '--model', 'm', '--file', 'in.tsv', '--out', 'out.jsonl')).stderr).toMatch(
      /2 texts written to .*out\.jsonl\n/,
    );
  });
});

/** Resolves when all three runs have finished and their supervisors, which look at the queue last, are gone. */
async function drained(store: RunStore): Promise<void> {
  const states = async (): Promise<string[]> => (await store.list()).runs.map((entry) => entry.state);
  await expect.poll(states, { interval: 20 }).toEqual(['finished', 'finished', 'finished']);
  const holders = (await store.list()).runs.map((entry) => claimHolder(entry.folder)!);
  await expect.poll(() => livenessOfRuns(holders), { interval: 20 }).toEqual(['dead', 'dead', 'dead']);
}

describe('the queue', () => {
  it('runs one after another in the background, in the order of coming', async () => {
    const { run, store } = workplace({ steps: 3 });
    const { code, stdout } = await run('train', 'config.json', '--queue', '--seeds', '1,2,3');
    expect(code).toBe(0);
    const ids = stdout.trim().split('\n');
    await drained(store);
    const { runs } = await store.list();
    expect(runs.map((entry) => entry.id)).toEqual(ids);
    for (const [index, entry] of runs.entries()) {
      if (index > 0) expect(entry.summary.startedAt! > runs[index - 1]!.summary.endedAt!).toBe(true);
    }
  });

  it('never runs more than one at once, though two fill it at the same moment', async () => {
    const { run, store } = workplace({ steps: 3, stepMs: 20 });
    await Promise.all([
      run('train', 'config.json', '--queue', '--seeds', '1,2'),
      run('train', 'config.json', '--queue'),
    ]);
    await drained(store);
    const spans = (await store.list()).runs
      .map(({ summary }) => [summary.startedAt!, summary.endedAt!] as const)
      .sort();
    expect(spans.map(([start], index) => index === 0 || start > spans[index - 1]![1])).toEqual([true, true, true]);
  });

  it('lets a run that waits be taken out', async () => {
    const { run, store } = workplace();
    const { folder } = store.create(newRun());
    expect(await run('stop', 'last')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/: stopped at step 0\n$/),
    });
    expect(await store.read(folder)).toMatchObject({ state: 'stopped', message: 'taken out of the queue' });
  });

  it('reports that the queue stands still, and goes on with the limit it had', async () => {
    const { run, store, folder } = workplace({ steps: 3 });
    const config = { config: { steps: 3, stepMs: 1 }, baseFolder: folder };
    for (let i = 0; i < 3; i++) store.create(newRun(config));
    keepQueueLimit(store.folder, 2);
    const listed = await run('runs');
    expect(listed.stderr).toBe('3 queued and none running; start them with `peft-lab queue --start`\n');
    expect((await run('queue')).stdout.match(/queued/g)).toHaveLength(3);
    const started = await run('queue', '--start');
    expect(started).toMatchObject({ code: 0, stderr: '2 started, 1 wait\n' });
    await drained(store);
    expect(await run('queue', '--start')).toMatchObject({ stdout: '', stderr: `no run waits in ${store.folder}\n` });
  });

  it('goes by the limit that was set last, also when a run of before ends', async () => {
    const { run, store } = workplace({ steps: 10_000, stepMs: 5 });
    const states = async () => (await store.list()).runs.map((entry) => entry.state);
    const ids = (await run('train', 'config.json', '--queue', '--seeds', '1,2,3')).stdout.trim().split('\n');
    await expect.poll(states, { interval: 20 }).toEqual(['running', 'queued', 'queued']);
    expect((await run('queue', '--limit', '2')).code).toBe(0);
    await run('stop', ids[0]!);
    await expect.poll(states, { interval: 20 }).toEqual(['stopped', 'running', 'running']);
    for (const id of ids.slice(1)) await run('stop', id);
    expect(await states()).toEqual(['stopped', 'stopped', 'stopped']);
    await run('queue', '--limit', '3');
    expect(queueLimit(store.folder)).toBe(3);
  });

  it('takes stopped runs too: they wait as new ones do, go on from their checkpoint, and stay when they are taken out', async () => {
    const { run, store } = workplace({ steps: 10_000, stepMs: 5 });
    const entries = async () => (await store.list()).runs;
    const states = async () => (await entries()).map((entry) => entry.state);
    const ids = (await run('train', 'config.json', '--queue', '--seeds', '1,2', '--limit', '2')).stdout
      .trim()
      .split('\n');
    await expect
      .poll(async () => (await entries()).every(({ summary }) => summary.step > 0), { interval: 20 })
      .toBe(true);
    for (const id of ids) await run('stop', id);
    const stepped = (await entries()).map(({ summary }) => summary.step);
    for (const id of ids) {
      expect(await run('resume', id, '--queue', '--limit', '1')).toMatchObject({ code: 0, stdout: `${id}\n` });
    }
    await expect.poll(states, { interval: 20 }).toEqual(['running', 'queued']);
    expect((await run('resume', ids[0]!, '--queue')).stderr).toMatch(
      /has one trainer at a time; process \d+ is running it/,
    );
    await run('stop', ids[1]!);
    expect(await states()).toEqual(['running', 'stopped']);
    await run('resume', ids[1]!, '--queue');
    expect(await states()).toEqual(['running', 'queued']);
    await run('stop', ids[0]!);
    await expect.poll(states, { interval: 20 }).toEqual(['stopped', 'running']);
    await expect.poll(async () => (await entries())[1]!.summary.step > stepped[1]!, { interval: 20 }).toBe(true);
    await run('stop', ids[1]!);
    expect((await entries())[0]!.summary.step).toBeGreaterThan(stepped[0]!);
  });

  it('never starts a run that came with a folder: that is done by hand', async () => {
    const { run, store, folder } = workplace({ steps: 3 });
    const foreign = store.create(newRun({ config: { steps: 3, stepMs: 1 }, baseFolder: folder }));
    rmSync(path.join(foreign.folder, runFiles.ticket));
    expect((await run('train', 'config.json')).code).toBe(0);
    expect((await run('queue', '--start')).stderr).toBe(`no run waits in ${store.folder}\n`);
    expect(existsSync(path.join(foreign.folder, runFiles.journal))).toBe(false);
    expect((await run('runs')).stderr).toBe('1 queued elsewhere; start one with `peft-lab resume RUN`\n');
    expect((await run('resume', foreign.id)).code).toBe(0);
    expect((await store.read(foreign.folder)).state).toBe('finished');
  });
});
