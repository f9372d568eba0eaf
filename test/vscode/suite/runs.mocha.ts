import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';

const config = (training: string): string => `model: model
task: classification
data:
  train: {file: data/reviews-train.tsv, limit: 256}
  validation: {file: data/reviews-validation.tsv, limit: 64}
  max_length: 32
methods: [ln-tuning]
training: {${training}, batch_size: 16, seed: 1}
`;

interface Told {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Waits until a condition holds. @throws Error saying what was awaited */
async function until<T>(what: string, look: () => T | undefined | false, limitMs = 90_000): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const found = look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('runs', () => {
  let folder: string;
  let runsFolder: string;
  let files = 0;

  before(async () => {
    folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
    runsFolder = path.join(folder, '.peft-lab', 'runs');
    await vscode.extensions.getExtension('peft-lab.peft-lab')!.activate();
  });
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  const runs = (): string[] => (existsSync(runsFolder) ? readdirSync(runsFolder).filter((n) => /^\d{8}-/.test(n)) : []);
  const journal = (run: string): Told[] => {
    const file = path.join(runsFolder, run, 'journal.jsonl');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.slice(0, -1).map((line) => JSON.parse(line) as Told);
  };
  const told = (run: string, type: string): Told | undefined => journal(run).findLast((event) => event.type === type);
  /** The step at which the run came to its end in this state. */
  const endStep = (run: string, state: string): number | undefined =>
    journal(run).findLast((event) => event.type === 'end' && event.state === state)?.step as number | undefined;
  const stepsAfter = (run: string, step: number): boolean =>
    journal(run).some((event) => event.type === 'progress' && (event.step as number) > step);
  const row = (run: string) => ({ kind: 'run', folder: path.join(runsFolder, run) });

  /** Starts a config as a person does who has it in front. */
  async function start(text: string): Promise<string> {
    const known = new Set(runs());
    const file = vscode.Uri.file(path.join(folder, `runs ${++files}.peft.yaml`));
    writeFileSync(file.fsPath, text);
    await vscode.window.showTextDocument(file);
    await vscode.commands.executeCommand('peftLab.startLnTuning');
    const [run] = await until('a run', () => {
      const fresh = runs().filter((name) => !known.has(name));
      return fresh.length > 0 && fresh;
    });
    return run!;
  }

  it('every command of the manifest is there', async () => {
    const declared = vscode.extensions.getExtension('peft-lab.peft-lab')!.packageJSON.contributes.commands as {
      command: string;
    }[];
    const known = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      declared.map(({ command }) => command).filter((command) => !known.has(command)),
      [],
    );
    assert.ok(declared.length > 30);
  });

  it('Start LN-tuning trains the config in front to its end', async () => {
    const run = await start(config('epochs: 1'));
    await until('its end', () => endStep(run, 'finished'));
    assert.ok(existsSync(path.join(runsFolder, run, 'adapter', 'adapter.safetensors')));
    const { metrics } = told(run, 'evaluation') as unknown as { metrics: Record<string, number> };
    assert.ok(metrics.accuracy! > 0.3 && metrics.accuracy! <= 1);
  }).timeout(180_000);

  it('stops and resumes a run, and never deletes a protected one', async () => {
    const run = await start(config('epochs: 400'));
    await until('its first steps', () => stepsAfter(run, 0));
    await vscode.commands.executeCommand('peftLab.stopRun', row(run));
    const reached = await until('its stop', () => endStep(run, 'stopped'));
    await vscode.commands.executeCommand('peftLab.resumeRun', row(run));
    await until('later steps', () => stepsAfter(run, reached));
    await vscode.commands.executeCommand('peftLab.stopRun', row(run));
    await until('its second stop', () => endStep(run, 'stopped')! > reached);
    await vscode.commands.executeCommand('peftLab.protectRuns', row(run));
    await vscode.commands.executeCommand('peftLab.deleteRuns', row(run));
    assert.ok(existsSync(path.join(runsFolder, run)));
    await vscode.commands.executeCommand('peftLab.unprotectRuns', row(run));
  }).timeout(180_000);

  it('starts nothing from a config with errors, and shows where they are', async () => {
    const before = runs();
    const file = vscode.Uri.file(path.join(folder, 'wrong.peft.yaml'));
    writeFileSync(file.fsPath, config('epochs: 1').replace('ln-tuning', 'ln-tunning'));
    await vscode.window.showTextDocument(file);
    await vscode.commands.executeCommand('peftLab.startLnTuning');
    const editor = vscode.window.activeTextEditor!;
    assert.equal(editor.document.lineAt(editor.selection.active).text, 'methods: [ln-tunning]');
    assert.deepEqual(runs(), before);
    rmSync(file.fsPath);
  });

  it('opens the dashboard, and gives the command line that trains the same again', async () => {
    const [run] = runs();
    await vscode.commands.executeCommand('peftLab.openDashboard', row(run!));
    await until('its tab', () =>
      vscode.window.tabGroups.all.some(({ tabs }) => tabs.some(({ input }) => input instanceof vscode.TabInputWebview)),
    );
    await vscode.commands.executeCommand('peftLab.copyCommandLine', row(run!));
    assert.match(await vscode.env.clipboard.readText(), /^peft-lab train .*runs 1\.peft\.yaml/);
  });
});
