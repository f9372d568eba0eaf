import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { answer, pick, restoreAnswers } from './answers.ts';
import { isAlive, reviewsConfig, until, WorkspaceRuns } from './workspaceRuns.ts';

const settings = () => vscode.workspace.getConfiguration('peftLab');

describe('runs', () => {
  let runs: WorkspaceRuns;
  let files = 0;

  before(async () => {
    runs = new WorkspaceRuns();
    await vscode.extensions.getExtension('peft-lab.peft-lab')!.activate();
  });
  afterEach(async () => {
    restoreAnswers();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  const start = (text: string, by?: string): Promise<string> => runs.start(text, `runs ${++files}.peft.yaml`, by);
  const command = (name: string, ...words: unknown[]): Thenable<unknown> =>
    vscode.commands.executeCommand(`peftLab.${name}`, ...words);

  it('every command of the manifest is there', async () => {
    const declared = vscode.extensions.getExtension('peft-lab.peft-lab')!.packageJSON.contributes.commands as {
      command: string;
    }[];
    const known = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      declared.map(({ command }) => command).filter((name) => !known.has(name)),
      [],
    );
    assert.ok(declared.length > 30);
  });

  it('Start LN-tuning trains the config in front to its end', async () => {
    const run = await start(reviewsConfig('epochs: 1'), 'startLnTuning');
    await until('its end', () => runs.endStep(run, 'finished'));
    assert.ok(existsSync(runs.path(run, 'adapter', 'adapter.safetensors')));
    const { metrics } = runs.told(run, 'evaluation') as unknown as { metrics: Record<string, number> };
    assert.ok(metrics.accuracy! > 0.3 && metrics.accuracy! <= 1);
  });

  it('retries a run, opens a copy to change, and opens the config as it was', async () => {
    const [first] = runs.names();
    const again = await runs.added(() => command('retryRun', runs.row(first!)));
    await until('its end', () => runs.endStep(again, 'finished') !== undefined);
    assert.equal(runs.told(again, 'evaluation')!.step, runs.told(first!, 'evaluation')!.step);

    await command('rerunWithChanges', runs.row(first!));
    const copy = vscode.window.activeTextEditor!.document;
    assert.equal(path.basename(copy.uri.fsPath), 'runs 1-2.peft.yaml');
    assert.equal(copy.getText(), reviewsConfig('epochs: 1'));
    assert.equal(copy.languageId, 'peft-yaml');

    const changed = answer('showInformationMessage', () => undefined);
    const file = path.join(runs.folder, 'runs 1.peft.yaml');
    writeFileSync(file, reviewsConfig('epochs: 2'));
    await until('the changed text', async () => {
      const document = await vscode.workspace.openTextDocument(file);
      return document.getText().includes('epochs: 2');
    });
    await command('openConfig', runs.row(first!));
    const said = 'runs 1.peft.yaml has changed since this run was started.';
    assert.ok(
      changed.some(([message]) => message === said),
      String(changed),
    );
    rmSync(file);
    rmSync(copy.uri.fsPath);
    await command('openConfig', runs.row(first!));
    await until('the kept text', () => {
      const document = vscode.window.activeTextEditor?.document;
      return document?.isUntitled && document.getText() === reviewsConfig('epochs: 1');
    });
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  it('stops and resumes a run with all its processes, and never deletes a protected one', async () => {
    const run = await start(reviewsConfig('epochs: 10000'));
    await until('its first steps', () => runs.stepsAfter(run, 0));
    const processes = runs.processes(run);
    assert.equal(processes.length, 2);
    assert.ok(processes.every(isAlive));
    await command('stopRun', runs.row(run));
    const reached = await until('its stop', () => runs.endStep(run, 'stopped'));
    await until('the end of its processes', () => !processes.some(isAlive));
    await command('resumeRun', runs.row(run));
    await until('later steps', () => runs.stepsAfter(run, reached));
    await command('stopRun', runs.row(run));
    await until('its second stop', () => runs.endStep(run, 'stopped')! > reached);
    await command('protectRuns', runs.row(run));
    const told = answer('showInformationMessage', () => undefined);
    await command('deleteRuns', runs.row(run));
    assert.match(told.join('\n'), /Protected runs.*are not deleted/);
    assert.ok(existsSync(runs.path(run)));
    await command('unprotectRuns', runs.row(run));
  });

  it('starts as many at once as the setting says; the rest wait, can be put first and be taken out', async () => {
    const first = await start(reviewsConfig('epochs: 10000'));
    await until('its first steps', () => runs.stepsAfter(first, 0));
    const second = await start(reviewsConfig('epochs: 10000'));
    const third = await start(reviewsConfig('epochs: 10000'));
    assert.ok(!existsSync(runs.path(second, 'process.json')));
    const fourth = await start(reviewsConfig('epochs: 10000'));
    await command('stopRun', runs.row(fourth));
    assert.equal(runs.told(fourth, 'end')?.message, 'taken out of the queue');
    await command('runNext', runs.row(third));
    await settings().update('maxConcurrentRuns', 2, vscode.ConfigurationTarget.Workspace);
    await until('the third at work beside the first', () => runs.stepsAfter(third, 0));
    assert.ok(!existsSync(runs.path(second, 'process.json')));
    assert.equal(runs.endStep(first, 'stopped'), undefined);
    await command('removeFromQueue', runs.row(second));
    assert.ok(!existsSync(runs.path(second)));
    // It runs: it is not there to be removed.
    await command('removeFromQueue', runs.row(third));
    assert.ok(existsSync(runs.path(third, 'process.json')));
    await settings().update('maxConcurrentRuns', undefined, vscode.ConfigurationTarget.Workspace);
    // Both at once, as all selected rows.
    await command('stopRun', runs.row(first), [runs.row(first), runs.row(third)]);
    await until('both stops', () => runs.endStep(first, 'stopped')! > 0 && runs.endStep(third, 'stopped')! > 0);
    // Resumed together, the one goes on and the other waits for its end.
    const [reached, waits] = [runs.endStep(first, 'stopped')!, runs.endStep(third, 'stopped')!];
    await command('resumeRun', runs.row(first), [runs.row(first), runs.row(third)]);
    await until('later steps', () => runs.stepsAfter(first, reached));
    assert.ok(!runs.stepsAfter(third, waits));
    await command('stopRun', runs.row(first));
    await until('the other at work', () => runs.stepsAfter(third, waits));
    await command('stopRun', runs.row(third));
    await until('its stop', () => runs.endStep(third, 'stopped')! > waits);
  });

  it('trains and repeats whatever files are called', async () => {
    const odd = `it's "ünï" 数据 #1 %20 & $(x)`;
    const folder = path.join(runs.folder, odd);
    mkdirSync(folder);
    cpSync(path.join(runs.folder, 'model'), path.join(folder, 'model'), { recursive: true });
    for (const split of ['train', 'validation']) {
      const source = path.join(runs.folder, 'data', `reviews-${split}.tsv`);
      const lines = readFileSync(source, 'utf8').split('\n').slice(0, 65);
      writeFileSync(path.join(folder, `${odd}-${split}.tsv`), `${lines.join('\n')}\n`);
    }
    const file = (split: string): string => JSON.stringify(`${odd}-${split}.tsv`);
    const data = `data: {train: ${file('train')}, validation: ${file('validation')}, max_length: 16}`;
    const text = `model: model\ntask: classification\n${data}\nmethods: [bitfit]\ntraining: {epochs: 1}\n`;
    const run = await runs.start(text, path.join(odd, `${odd}.peft.yaml`));
    await until('its end', () => runs.endStep(run, 'finished') !== undefined);
    await command('copyCommandLine', runs.row(run));
    const line = await vscode.env.clipboard.readText();
    const words = line
      .replace(/^peft-lab /, '')
      .replace('train', 'check')
      .replace(/^train/, 'check');
    const program = path.join(__dirname, '..', '..', 'bin', 'peft-lab.cjs');
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
    const shell = spawnSync('sh', ['-c', `'${process.execPath}' '${program}' ${words}`], { encoding: 'utf8', env });
    assert.equal(shell.status, 0, shell.stderr);
    await command('openConfig', runs.row(run));
    assert.equal(vscode.window.activeTextEditor?.document.getText(), text);
  });

  it('exports a tuned model where a person says, compared with the run', async () => {
    const [run] = runs.names();
    const target = path.join(runs.folder, 'exported here');
    mkdirSync(target);
    pick('PEFT Lab adapter', 'Choose another');
    answer('showOpenDialog', () => [vscode.Uri.file(target)]);
    const told = answer('showInformationMessage', () => undefined);
    await command('exportAdapter', runs.row(run!));
    const out = path.join(target, 'runs-1-ln-tuning-s1-native');
    assert.ok(existsSync(path.join(out, 'adapter.safetensors')), String(told));
    // Runs that end meanwhile are told of too.
    assert.ok(
      told.some(([message]) => String(message).startsWith(`Exported to ${out}.`)),
      String(told),
    );

    pick('PEFT adapter', 'exports');
    answer('showInformationMessage', (_, ...choices: string[]) => choices.find((choice) => choice.includes('Python')));
    await command('exportAdapter', runs.row(run!));
    const usual = path.join(runs.folder, 'exports', 'runs-1-ln-tuning-s1-peft');
    assert.ok(existsSync(path.join(usual, 'adapter_model.safetensors')));
    const snippet = await until('the snippet', async () => {
      const copied = await vscode.env.clipboard.readText();
      return copied.includes('PeftModel') && copied;
    });
    assert.ok(snippet.includes(JSON.stringify(usual)), snippet);
    rmSync(path.join(runs.folder, 'exports'), { recursive: true });
  });

  it('Start LN-tuning asks before it tunes something else than the config in front says', async () => {
    const text = reviewsConfig('epochs: 10000').replace('ln-tuning', 'bitfit');
    const methods = (run: string): unknown =>
      (JSON.parse(readFileSync(runs.path(run, 'run.json'), 'utf8')) as { methods: unknown }).methods;
    for (const [chosen, tuned] of [
      ['Start LN-tuning', 'ln-tuning'],
      ['Start BitFit', 'bitfit'],
    ] as const) {
      const asked = pick(chosen);
      const run = await runs.start(text, 'other method.peft.yaml', 'startLnTuning');
      assert.equal((asked[0]![1] as vscode.QuickPickOptions).title, 'other method.peft.yaml names BitFit');
      assert.equal(methods(run), tuned);
      await command('stopRun', runs.row(run));
    }
    assert.equal(readFileSync(path.join(runs.folder, 'other method.peft.yaml'), 'utf8'), text);

    const known = runs.names();
    pick(undefined);
    await command('startLnTuning');
    assert.deepEqual(runs.names(), known);
    rmSync(path.join(runs.folder, 'other method.peft.yaml'));
  });

  it('Start LN-tuning without a config in front lists those of the workspace, LN-tuning first', async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const known = runs.names();
    const asked = pick(undefined);
    await command('startLnTuning');
    const [items, { title }] = asked[0] as unknown as [readonly vscode.QuickPickItem[], vscode.QuickPickOptions];
    assert.equal(title, 'LN-tune what?');
    const details = items.map(({ detail }) => detail);
    assert.equal(details[0], 'ln-tuning');
    assert.ok(details.lastIndexOf('ln-tuning') < details.indexOf('unified'), details.join());
    assert.equal(items.at(-1)!.label, '$(add) New Experiment…');
    assert.deepEqual(runs.names(), known);
  });

  it('starts no other config than the text in front, which was never saved', async () => {
    const known = runs.names();
    const other = vscode.Uri.file(path.join(runs.folder, 'other.peft.yaml'));
    writeFileSync(other.fsPath, reviewsConfig('epochs: 1'));
    await vscode.window.showTextDocument(other, { viewColumn: vscode.ViewColumn.Two });
    const content = reviewsConfig('epochs: 2');
    const own = await vscode.workspace.openTextDocument({ content, language: 'peft-yaml' });
    await vscode.window.showTextDocument(own, { viewColumn: vscode.ViewColumn.One });
    const told = answer('showErrorMessage', () => undefined);
    for (const name of ['startFromConfig', 'startLnTuning']) await command(name);
    const rule = /: must be a file on disk, got untitled text; save it as NAME\.peft\.yaml first$/;
    assert.equal(told.filter(([message]) => rule.test(String(message))).length, 2, String(told));
    assert.deepEqual(runs.names(), known);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    rmSync(other.fsPath);
  });

  it('starts nothing from a config with errors, and shows where they are', async () => {
    const known = runs.names();
    const file = vscode.Uri.file(path.join(runs.folder, 'wrong.peft.yaml'));
    writeFileSync(file.fsPath, reviewsConfig('epochs: 1').replace('ln-tuning', '"[x](command:y)"'));
    const told = answer('showErrorMessage', () => undefined);
    await vscode.window.showTextDocument(file);
    await command('startLnTuning');
    const editor = vscode.window.activeTextEditor!;
    assert.equal(editor.document.lineAt(editor.selection.active).text, 'methods: ["[x](command:y)"]');
    assert.match(String(told[0]?.[0]), /wrong\.peft\.yaml methods\[0\]: .*Nothing was started\.$/);
    assert.doesNotMatch(String(told[0]?.[0]), /\]\(/);
    assert.deepEqual(runs.names(), known);
    rmSync(file.fsPath);
  });

  it('starts nothing on a Node that is none, or too old, nor where nothing can be written', async () => {
    const known = runs.names();
    const told = answer('showErrorMessage', () => undefined);
    const file = vscode.Uri.file(path.join(runs.folder, 'fine.peft.yaml'));
    writeFileSync(file.fsPath, reviewsConfig('epochs: 1'));
    await vscode.window.showTextDocument(file);
    const old = path.join(runs.folder, 'old node');
    writeFileSync(old, '#!/bin/sh\necho v16.20.2\n');
    chmodSync(old, 0o755);
    for (const [name, value] of [
      ['nodePath', path.join(runs.folder, 'no node')],
      ['nodePath', old],
      ['runsFolder', 'data/reviews-train.tsv/runs'],
    ] as const) {
      await settings().update(name, value, vscode.ConfigurationTarget.Workspace);
      await command('startLnTuning', file);
      await settings().update(name, undefined, vscode.ConfigurationTarget.Workspace);
    }
    const [missing, tooOld, unwritable] = told.map(([message]) => String(message));
    assert.match(missing!, /^peftLab\.nodePath: must be a Node of version 20 or newer, got .*no node .*ENOENT.*; name/);
    assert.match(tooOld!, /^peftLab\.nodePath: must be a Node of version 20 or newer, got .*old node \(v16\.20\.2\)/);
    assert.match(unwritable!, /reviews-train\.tsv.runs: is not a folder.*\(ENOTDIR\); choose another/);
    assert.deepEqual(runs.names(), known);
  });

  it('opens the dashboard, and gives the command line that trains the same again', async () => {
    const run = await until('a run from a file', () => runs.names()[2]);
    await command('openDashboard', runs.row(run));
    await until('its tab', () =>
      vscode.window.tabGroups.all.some(({ tabs }) => tabs.some(({ input }) => input instanceof vscode.TabInputWebview)),
    );
    await command('copyCommandLine', runs.row(run));
    assert.match(await vscode.env.clipboard.readText(), /^peft-lab train .*runs 2\.peft\.yaml/);
  });
});
