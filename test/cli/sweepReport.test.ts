import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { journalLine } from '../../extension/contract/journal.ts';
import { rowFlipsView } from '../../extension/contract/rowFlips.ts';
import { runFiles } from '../../extension/contract/run.ts';
import { sweepView } from '../../extension/contract/sweepView.ts';
import { writeRowOutcomes } from '../../extension/runs/folder/rowOutcomes.ts';
import { RunStore } from '../../extension/runs/folder/store.ts';
import { fakeTrainer } from '../support/fakeTrainerProcess.ts';
import { end, evaluation, hello, newRun, testEvaluation } from '../support/newRun.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const trainer = fakeTrainer();

/** Twenty rows of a test file. */
const labels = Array.from({ length: 20 }, (_, row) => row % 2);

/** Finished runs of two methods, one for each seed, whose test rows are right but for the first so many. */
function workplace(wrong: Readonly<Record<string, readonly number[]>>) {
  const folder = temporaryFolder();
  const store = new RunStore(path.join(folder, '.peft-lab', 'runs'));
  const ids = Object.entries(wrong).flatMap(([methods, rowsWrong]) =>
    rowsWrong.map((count, i) => {
      const seed = i + 1;
      const config = { methods: [{ [methods]: {} }], training: { seed }, data: { test: { file: 'test.tsv' } } };
      const { id, folder: run } = store.create(newRun({ methods, seed, config, dataHashes: { test: 'f00' } }));
      const events = [hello(), evaluation(10, 0.9), testEvaluation(10, 1 - count / 20), end('finished', 10)];
      writeFileSync(path.join(run, runFiles.journal), events.map(journalLine).join(''));
      const predicted = labels.map((label, row) => (row < count ? 1 - label : label));
      writeRowOutcomes(run, { split: 'test', step: 10, kind: 'classes', columns: { label: labels, predicted } });
      return id;
    }),
  );
  return { ids, store, run: (...words: string[]) => trainer.start(words, folder).finished };
}

const five = { lora: [1, 2, 1, 2, 1], bitfit: [8, 9, 8, 7, 8] };

describe('sweep report', () => {
  it('says which methods are better, after the runs that differ in the seed alone', async () => {
    const { run, ids } = workplace(five);
    const { code, stdout, stderr } = await run('sweep', 'report', ...ids, ids[0]!);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('accuracy on the test rows of test.tsv\n');
    expect(stdout).toMatch(
      /^lora +5\/5 +93\.00\u202f% +2\.74 +89\.60\u202f% … 96\.40\u202f% +95\.00 90\.00 95\.00 90\.00 95\.00 /m,
    );
    expect(stdout).toMatch(
      /^- lora is better than bitfit: accuracy \+33\.0 points, between \+28\.3 and \+37\.7 points for these test rows, between \+[\d.]+ and \+[\d.]+ points for new rows too \(p = 0\.008\)\.$/m,
    );
    expect(stdout).not.toContain('Note:');
  });

  it('counts no run that chose the values among those that were trained with them', async () => {
    const { run, ids, store } = workplace({ bitfit: [8, 9] });
    const config = { methods: [{ bitfit: {} }], training: { seed: 1001 }, data: { test: { file: 'test.tsv' } } };
    const sweep = { id: 'films', index: 0, stage: 'tuning', arm: 'bitfit', experiment: 'films.peft.yaml' } as const;
    const same = newRun({ methods: 'bitfit', seed: 1001, config, dataHashes: { test: 'f00' }, sweep });
    const chose = store.create(same, undefined, 'films-0000');
    const events = [hello(), evaluation(10, 0.9), testEvaluation(10, 1), end('finished', 10)];
    writeFileSync(path.join(chose.folder, runFiles.journal), events.map(journalLine).join(''));
    const { stdout } = await run('sweep', 'report', ...ids, chose.id);
    expect(stdout).toMatch(/^bitfit +2\/2 +57\.50/m);
    expect(stdout).toMatch(/^bitfit, tuning runs +1\/1 +100\.00/m);
  });

  it('tells more of each pair when asked, and all of it as JSON', async () => {
    const { run, ids } = workplace(five);
    const { stdout } = await run('sweep', 'report', ...ids, '--details', '--reference', 'bitfit');
    expect(stdout).toContain('  A run of lora is better than one of bitfit with a chance of 100 %.\n');
    expect(stdout).toContain(
      '  Almost stochastic order: ε 0.00, below 0.00 with 95 % confidence; lora counts as greater',
    );
    expect(stdout).toContain(
      '  Seed 1: 7 rows right with lora alone, 0 with bitfit alone (p = 0.016), 12 with both, 1 with neither.\n',
    );
    const [told] = JSON.parse((await run('sweep', 'report', ...ids, '--json')).stdout);
    expect(told).toMatchObject({ metric: 'accuracy', split: 'test', title: 'test.tsv', warnings: [] });
    expect(told.leaderboard.map(({ arm }: { arm: string }) => arm)).toEqual(['lora', 'bitfit']);
    expect(told.pairs).toMatchObject([
      { first: 'lora', second: 'bitfit', verdict: 'better', seeds: [5, 5], better: 1 },
    ]);
    expect(told.pairs[0].flips).toHaveLength(5);
  });

  it('lists the rows that one of two arms has right and the other wrong, with their texts', async () => {
    const { run, ids } = workplace(five);
    const { code, stdout } = await run('sweep', 'report', ...ids, '--flips', 'lora', 'bitfit');
    expect(code).toBe(0);
    // Most runs of lora have all but the first row right, most of bitfit all but eight.
    expect(stdout).toContain("lora and bitfit on the test rows of test.tsv (McNemar's exact p = 0.016)\n");
    expect(stdout).toMatch(/^lora alone +7$/m);
    expect(stdout).toMatch(/^bitfit alone +0$/m);
    expect(stdout).toMatch(/^both +12$/m);
    expect(stdout).toMatch(/^none +1$/m);
    expect(stdout).toMatch(/^line 4 +5\/5 +0\/5 +good +review 2$/m);
    const [told] = JSON.parse(
      (await run('sweep', 'report', ...ids, '--json', '--flips', 'lora seed 1', 'bitfit')).stdout,
    );
    expect(rowFlipsView.parse(told)).toMatchObject({
      first: { name: 'lora seed 1', runs: 1 },
      onlyFirst: 7,
      onlySecond: 0,
    });
  });

  it('refuses flips of an arm that is not there, and of more than two', async () => {
    const { run, ids } = workplace({ lora: [1], bitfit: [3] });
    expect(await run('sweep', 'report', ...ids, '--flips', 'lora', 'ia3')).toMatchObject({
      code: 2,
      stderr: 'ia3: must be one of the arms, or one run of an arm such as "lora seed 1"; choose from lora; bitfit\n',
    });
    expect(await run('sweep', 'report', ...ids, '--flips', 'lora')).toMatchObject({
      code: 2,
      stderr:
        '--flips: must name two arms, got 1; name the sweep or the runs before it: sweep report SWEEP --flips A B\n',
    });
  });

  it('notes what makes results less sure, by the metric asked for', async () => {
    const { run, ids } = workplace({ lora: [1, 2], bitfit: [3, 4] });
    const { stdout } = await run('sweep', 'report', ...ids, '--metric', 'test_loss');
    expect(stdout).toContain('loss on the test rows of test.tsv\n');
    expect(stdout).toContain('\nNote:\n- lora, bitfit: 2 seeds, and fewer than 4 prove nothing; add seeds\n');
  });

  it('judges a sweep by its results, tuned to what did best, and tells when there are none yet', async () => {
    const folder = temporaryFolder();
    const run = (...words: string[]) => trainer.start(['sweep', ...words], folder).finished;
    for (const split of ['train', 'dev', 'test'])
      writeFileSync(path.join(folder, `${split}.tsv`), 'text\tlabel\na good film\t1\na bad one\t0\n');
    const config = {
      name: '{}',
      model: path.resolve('examples/model'),
      task: 'classification',
      methods: ['full'],
      data: { train: 'train.tsv', validation: 'dev.tsv', test: 'test.tsv' },
    };
    writeFileSync(path.join(folder, 'films.peft.yaml'), JSON.stringify(config));
    const sweep = {
      experiment: 'films.peft.yaml',
      methods: ['ln-tuning', 'bitfit'],
      tune: { 'training.learning_rate': [1e-3, 1e-2], seeds: [1001] },
      seeds: [1, 2],
    };
    writeFileSync(path.join(folder, 'films.sweep.yaml'), JSON.stringify(sweep));
    expect((await run('start', 'films.sweep.yaml')).code).toBe(0);
    const { code, stdout } = await run('report', 'last');
    expect(code).toBe(0);
    expect(stdout).toMatch(/ rows of .*\(films\.peft\.yaml\)\n/);
    expect(stdout).toMatch(/^ln-tuning +2\/2 .* training\.learning_rate 0\.01$/m);
    expect(stdout).toMatch(/^bitfit +2\/2 /m);
    const { runs } = await new RunStore(path.join(folder, '.peft-lab', 'runs')).list();
    const [{ record }] = runs as [(typeof runs)[number]];
    const shown = sweepView.parse(JSON.parse((await run('view', 'last')).stdout));
    expect(shown).toMatchObject({ id: record.sweep!.id, state: 'finished', total: 8, finished: 8 });
    expect(shown.tuning[0]!.points.map(({ scores }) => scores.length)).toEqual([1, 1]);
    expect(shown.verdicts![0]!.leaderboard.map(({ arm }) => arm).sort()).toEqual(['bitfit', 'ln-tuning']);
    const { id } = record.sweep!;
    const judged = 'sweep report: must be given one sweep, or two runs or more, got ';
    for (const [words, told] of [
      [['sweep', 'report', id, 'films.sweep.yaml'], `${judged}2 sweeps among 2 names; report each sweep by itself\n`],
      [['sweep', 'report', id, record.id], `${judged}1 sweep among 2 names; report each sweep by itself\n`],
      [['sweep', 'report', record.id], `${judged}one run; name the runs to compare it with\n`],
      [
        ['compare', id],
        `compare: must be given runs, got the sweep ${id}; compare its arms with: peft-lab sweep report ${id}\n`,
      ],
    ] as const)
      expect(await trainer.start(words, folder).finished).toMatchObject({ code: 2, stdout: '', stderr: told });
    // A report with the page takes a sweep by the same names.
    const page = path.join(path.dirname(trainer.program().nodeArguments[0]!), 'webview');
    mkdirSync(page);
    for (const name of ['dashboard.js', 'dashboard-style.css', 'codicon.ttf']) writeFileSync(path.join(page, name), '');
    writeFileSync(path.join(runs.find(({ record }) => record.sweep!.stage === 'results')!.folder, 'no-base'), '');
    for (const name of ['films.sweep.yaml', record.sweep!.id.slice(0, -2)]) {
      const written = await trainer.start(['report', name, '--out', `${name}.html`], folder).finished;
      expect(written.code, written.stderr).toBe(0);
      const why = 'written without the change of its tensors; its base model is elsewhere; bring it here\n';
      expect(written.stderr.split(why)).toHaveLength(2);
      expect(readFileSync(path.join(folder, `${name}.html`), 'utf8')).toContain('4 runs');
    }
    for (const { folder } of runs.filter(({ record }) => record.sweep!.stage === 'results'))
      rmSync(folder, { recursive: true });
    const none = await run('report', 'last');
    expect(none).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('last: no run with a result yet'),
    });
  });

  it('refuses a metric that no run can have, and tells which have none of one that they could', async () => {
    const { run, ids } = workplace({ lora: [1], bitfit: [3] });
    expect(await run('sweep', 'report', ...ids, '--metric', 'acuracy')).toMatchObject({
      code: 2,
      stderr: '--metric: must be a metric of these runs, got "acuracy"; did you mean "accuracy"?\n',
    });
    expect((await run('sweep', 'report', ...ids, '--metric', 'bleu')).stderr).toMatch(
      /^--metric: must be a metric of these runs, got "bleu"; choose from accuracy; .*; loss\n$/,
    );
    const { code, stdout } = await run('sweep', 'report', ...ids, '--metric', 'macro_f1');
    expect(code).toBe(0);
    expect(stdout).toContain('1 of 1 runs have no result (seed 1 has no macro_f1); not judged');
  });

  it('refuses a reference that is none of the arms', async () => {
    const { run, ids } = workplace({ lora: [1], bitfit: [3] });
    expect(await run('sweep', 'report', ...ids, '--reference', 'bitfitt')).toMatchObject({
      code: 2,
      stderr: '--reference: must be one of the arms, got "bitfitt"; did you mean "bitfit"?\n',
    });
  });
});
