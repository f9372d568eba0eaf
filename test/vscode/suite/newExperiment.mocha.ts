import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { answer, pick, restoreAnswers } from './answers.ts';
import { until, WorkspaceRuns } from './workspaceRuns.ts';

type Asked = readonly [readonly vscode.QuickPickItem[], vscode.QuickPickOptions];

describe('a new experiment', () => {
  let runs: WorkspaceRuns;
  let known: ReadonlySet<string>;

  before(async () => {
    runs = new WorkspaceRuns();
    await vscode.extensions.getExtension('peft-lab.peft-lab')!.activate();
    known = new Set(configs());
  });
  afterEach(async () => {
    restoreAnswers();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    for (const name of made()) rmSync(path.join(runs.folder, name));
  });

  const configs = (): string[] => readdirSync(runs.folder).filter((name) => name.endsWith('.peft.yaml'));
  const made = (): string[] => configs().filter((name) => !known.has(name));

  it('asks for model, data, task and method, shows what it guessed, and writes a config that is shown', async () => {
    const asked = pick('model', 'reviews-train.tsv', 'Classification', 'LN-tuning') as unknown as Asked[];
    const before = runs.names();
    await vscode.commands.executeCommand('peftLab.newExperiment');

    const [model, data, task, method] = asked;
    assert.deepEqual(
      asked.map(([, { title }]) => title),
      [
        'New experiment (1/4): Model',
        'New experiment (2/4): Training data',
        'New experiment (3/4): What reviews-train.tsv is for',
        'New experiment (4/4): What to tune',
      ],
    );
    assert.ok(model![0].some(({ label }) => label.includes('distilbert')));
    assert.ok(data![0].some(({ label }) => label.includes('entities-train.conll')));
    const [best] = task![0];
    assert.equal(best!.description, 'text ← text · label ← label');
    assert.match(best!.detail!, /^fits best; labels: /);
    assert.ok(!task![0].some(({ label }) => label === 'Regression'), 'labels are words');
    const titles = method![0].map(({ label }) => label);
    for (const title of ['Unified', 'Mix-and-match', 'Houlsby', 'Pfeiffer']) {
      assert.ok(
        titles.some((label) => label.toLowerCase().includes(title.toLowerCase())),
        `${title} in ${titles}`,
      );
    }
    for (const { label, description } of method![0]) {
      assert.match(description ?? '', /\d tunable .*%.* · ~\d+ MB, ~\d+ s$/, label);
    }

    assert.deepEqual(made(), ['reviews-ln-tuning.peft.yaml']);
    const { document } = vscode.window.activeTextEditor!;
    assert.equal(path.basename(document.uri.fsPath), 'reviews-ln-tuning.peft.yaml');
    assert.match(document.getText(), /train: data\/reviews-train\.tsv\n\s+validation: data\/reviews-validation\.tsv/);
    assert.deepEqual(runs.names(), before);
    const findings = vscode.languages.getDiagnostics(document.uri);
    assert.deepEqual(
      findings.filter(({ severity }) => severity === vscode.DiagnosticSeverity.Error),
      [],
    );
    // The first time on a machine it is measured for the estimates.
  }).timeout(180_000);

  it('writes nothing when a question is left', async () => {
    for (const chosen of [[], ['model'], ['model', 'reviews-train'], ['model', 'reviews-train', 'Classification']]) {
      pick(...chosen);
      await vscode.commands.executeCommand('peftLab.newExperiment');
      assert.deepEqual(made(), [], chosen.join());
    }
  });

  it('takes the columns that a person chooses, whatever they are called, and no name twice', async () => {
    const file = path.join(runs.folder, 'data', 'odd $(flame) train.tsv');
    writeFileSync(file, 'first $(x)\t"kind": #1\nfine\tgood\nawful\tbad\n');
    const choices = ['model', 'odd', 'Choose the columns', 'Classification', 'first', 'kind', 'BitFit'];
    for (const round of [1, 2]) {
      const asked = pick(...choices) as unknown as Asked[];
      await vscode.commands.executeCommand('peftLab.newExperiment');
      const labels = asked.flatMap(([items]) => items.map(({ label }) => label));
      assert.deepEqual(
        labels.filter((label) => /.\$\((flame|x)\)/.test(label)),
        [],
      );
      assert.equal(made().length, round);
    }
    const names = made().sort();
    assert.ok(names[0]!.endsWith('-2.peft.yaml') || names[1]!.endsWith('-2.peft.yaml'), names.join());
    const { document } = vscode.window.activeTextEditor!;
    await until('its count', async () => {
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        document.uri,
        5,
      );
      return lenses.some(({ command }) => command?.title.includes('tunable'));
    });
    assert.deepEqual(
      vscode.languages.getDiagnostics(document.uri).filter(({ severity }) => severity === 0),
      [],
      document.getText(),
    );
    assert.match(document.getText(), /first \$\(x\)/);
    rmSync(file);
  });

  it('starts what was made when it was asked for by Start LN-tuning', async () => {
    pick('model', 'reviews-train.tsv', 'Classification', 'LN-tuning');
    const run = await runs.added(() => vscode.commands.executeCommand('peftLab.startLnTuning'));
    assert.deepEqual(made(), ['reviews-ln-tuning.peft.yaml']);
    const record = JSON.parse(readFileSync(runs.path(run, 'run.json'), 'utf8')) as { configPath: string };
    assert.equal(path.basename(record.configPath), 'reviews-ln-tuning.peft.yaml');
    await until('its first words', () => runs.told(run, 'hello'));
    await vscode.commands.executeCommand('peftLab.stopRun', runs.row(run));
    answer('showWarningMessage', (...words: unknown[]) => words.at(-1));
    await vscode.commands.executeCommand('peftLab.deleteRuns', runs.row(run));
    assert.ok(!existsSync(runs.path(run)));
  }).timeout(120_000);
});
