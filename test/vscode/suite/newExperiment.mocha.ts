import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { answer, goBack, pick, restoreAnswers, typeIn } from './answers.ts';
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

  it('asks for model, data, task, validation and method, shows what it guessed, and writes a config that is shown', async () => {
    const asked = pick(
      'model',
      'reviews-train.tsv',
      'Classification',
      'reviews-val',
      'LN-tuning',
    ) as unknown as Asked[];
    const before = runs.names();
    await vscode.commands.executeCommand('peftLab.newExperiment');

    const [model, data, task, validation, method] = asked;
    assert.deepEqual(
      asked.map(([, { title }]) => title),
      [
        'New experiment (1/5): Model',
        'New experiment (2/5): Training data',
        'New experiment (3/5): What reviews-train.tsv is for',
        'New experiment (4/5): Validation data',
        'New experiment (5/5): What to tune',
      ],
    );
    assert.ok(model![0].some(({ label }) => label.includes('distilbert')));
    assert.ok(data![0].some(({ label }) => label.includes('entities-train.conll')));
    const [best] = task![0];
    assert.equal(best!.description, 'text ← text · label ← label');
    assert.match(best!.detail!, /^fits best; labels: /);
    assert.ok(!task![0].some(({ label }) => label === 'Regression'), 'labels are words');
    assert.equal(validation![0][0]!.detail, 'named like the training data');
    assert.match(validation![0][1]!.label, /A tenth of the training rows/);
    const titles = method![0].map(({ label }) => label);
    for (const title of ['Unified', 'Mix-and-match', 'Houlsby', 'Pfeiffer']) {
      assert.ok(
        titles.some((label) => label.toLowerCase().includes(title.toLowerCase())),
        `${title} in ${titles}`,
      );
    }
    for (const { label, description } of method![0]) {
      assert.match(description ?? '', /\d tunable .*%.* · ~[\d.]+ [MG]B, ~[\d.]+ (s|min|h)$/, label);
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
  });

  it('writes nothing when a question is left', async () => {
    const answers = ['model', 'reviews-train', 'Classification', 'A tenth'];
    for (const chosen of answers.map((_, index) => answers.slice(0, index)).concat([answers])) {
      pick(...chosen);
      await vscode.commands.executeCommand('peftLab.newExperiment');
      assert.deepEqual(made(), [], chosen.join());
    }
  });

  it('takes the columns that a person chooses, whatever they are called, and no name twice', async () => {
    const file = path.join(runs.folder, 'data', 'odd $(flame) train.tsv');
    writeFileSync(file, 'first $(x)\t"kind": #1\nfine\tgood\nawful\tbad\n');
    const columns = ['Choose the columns', 'Classification', 'first', 'No second', 'kind'];
    const choices = ['model', 'odd', ...columns, 'A tenth', 'BitFit'];
    for (const round of [1, 2]) {
      const asked = pick(...choices) as unknown as Asked[];
      await vscode.commands.executeCommand('peftLab.newExperiment');
      const labels = asked.flatMap(([items]) => items.map(({ label }) => label));
      const [text, , label] = asked.slice(4).map(([items]) => items);
      assert.equal(text![0]!.description, 'fine · awful');
      assert.deepEqual(
        label!.map(({ description, detail }) => [description, detail]),
        [['good · bad', '2 different values']],
      );
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
    assert.match(document.getText(), /validation_split: 0\.1/);
    rmSync(file);
  });

  it('leads back from every question to the one before, and takes the last answer', async () => {
    const asked = pick(
      ...['model', 'entities-train', goBack, 'reviews-train', 'Choose the columns', 'Classification', goBack, goBack],
      ...[
        'Classification',
        'reviews-val',
        goBack,
        goBack,
        'Classification',
        'A tenth',
        goBack,
        'reviews-val',
        'BitFit',
      ],
    ) as unknown as Asked[];
    await vscode.commands.executeCommand('peftLab.newExperiment');
    assert.deepEqual(asked.map(([, { title }]) => /\((\d)/.exec(title!)![1]).join(''), '12323333345434545');
    assert.deepEqual(made(), ['reviews-bitfit.peft.yaml']);
    assert.match(vscode.window.activeTextEditor!.document.getText(), /validation: data\/reviews-validation\.tsv/);
  });

  it('stays at a question whose answer cannot be used, and says why', async () => {
    const [binary, other] = ['noise.tsv', 'other.csv'].map((name) => path.join(runs.folder, 'data', name));
    writeFileSync(binary!, Buffer.from([0xff, 0xfe, 0x00, 0x01, 0x80]));
    writeFileSync(other!, 'something,else\n1,2\n');
    const empty = path.join(runs.folder, 'no model here');
    mkdirSync(empty);
    writeFileSync(path.join(empty, 'config.json'), '{"model_type": "no such family"}');
    writeFileSync(path.join(empty, 'model.safetensors'), '');
    const asked = pick(
      ...[
        'no model here',
        'folder) model',
        'noise',
        'reviews-train',
        'Classification',
        'other.csv',
        'A tenth',
        'BitFit',
      ],
    ) as unknown as Asked[];
    await vscode.commands.executeCommand('peftLab.newExperiment');
    const problems = asked.flatMap(([items]) => items[0]!.label.match(/^\$\(error\) (.*)/)?.[1] ?? []);
    assert.equal(problems.length, 3, problems.join('\n'));
    assert.match(problems[0]!, /no such family/);
    assert.match(problems[1]!, /noise\.tsv/);
    assert.match(problems[2]!, /^other\.csv: must have a column text, has something, else$/);
    assert.deepEqual(made(), ['reviews-bitfit.peft.yaml']);
    for (const file of [binary!, other!, empty]) rmSync(file, { recursive: true });
  });

  it('takes no hub id that is none, and leads back from it', async () => {
    const said = typeIn('../etc', 'a b');
    pick('Another model');
    await vscode.commands.executeCommand('peftLab.newExperiment');
    assert.match(said[0]!, /\.\.\/etc/);
    assert.equal(said[1], 'must be a hub id such as owner/name, got “a b”');
    assert.deepEqual(made(), []);
  });

  it('starts what was made when it was asked for by Start LN-tuning', async () => {
    pick('New Experiment', 'model', 'reviews-train.tsv', 'Classification', 'reviews-val', 'LN-tuning');
    const run = await runs.added(() => vscode.commands.executeCommand('peftLab.startLnTuning'));
    assert.deepEqual(made(), ['reviews-ln-tuning.peft.yaml']);
    const record = JSON.parse(readFileSync(runs.path(run, 'run.json'), 'utf8')) as { configPath: string };
    assert.equal(path.basename(record.configPath), 'reviews-ln-tuning.peft.yaml');
    await until('its first words', () => runs.told(run, 'hello'));
    await vscode.commands.executeCommand('peftLab.refreshRuns');
    await vscode.commands.executeCommand('peftLab.stopRun', runs.row(run));
    answer('showWarningMessage', (...words: unknown[]) => words.at(-1));
    // Who is told that it still runs tries again.
    await until('the run to be gone', async () => {
      await vscode.commands.executeCommand('peftLab.deleteRuns', runs.row(run));
      return !existsSync(runs.path(run));
    });
  });
});
