import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Uri } from 'vscode';
import type { RunCatalog } from '../../../extension/host/runs/runCatalog.ts';
import { SweepStarter } from '../../../extension/host/sweeps/sweepStarter.ts';
import { priceSweep } from '../../../extension/host/trainer/estimateRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

/** A person's answers to notices, by a button that they offer; what was shown, and commands that were called. */
const person = vi.hoisted(() => {
  const shown: string[] = [];
  const called: unknown[][] = [];
  const answers: string[] = [];
  const notice =
    (kind: string) =>
    async (message: string, ...choices: string[]): Promise<string | undefined> => {
      shown.push(`${kind}: ${message} [${choices.join(', ')}]`);
      return choices.find((choice) => choice === answers[0]) && answers.shift();
    };
  return { shown, called, answers, notice };
});
const editor = vi.hoisted(() => ({
  settings: {} as Record<string, unknown>,
  folder: '',
  textDocuments: [] as object[],
}));
vi.mock('vscode', () => ({
  Disposable: { from: () => ({ dispose() {} }) },
  EventEmitter: class {},
  ProgressLocation: {},
  Uri: { from: () => ({}) },
  extensions: { getExtension: () => undefined },
  commands: { executeCommand: async (...call: unknown[]) => void person.called.push(call) },
  window: {
    showInformationMessage: person.notice('information'),
    showWarningMessage: person.notice('warning'),
    withProgress: (_: unknown, task: (...of: unknown[]) => unknown) => task({}, { onCancellationRequested() {} }),
  },
  workspace: {
    getConfiguration: () => ({ get: (name: string) => editor.settings[name] }),
    getWorkspaceFolder: () => ({ uri: { fsPath: editor.folder } }),
    openTextDocument: async (uri: Uri) => ({
      uri,
      isDirty: false,
      getText: () => readFileSync(uri.fsPath, 'utf8'),
    }),
    textDocuments: editor.textDocuments,
    registerTextDocumentContentProvider: () => ({ dispose() {} }),
  },
}));

/** A trainer that keeps its words, and answers as a sweep's check does, or with what lies in its working folder. */
const program = `const fs = require('fs');
fs.writeFileSync('words.json', JSON.stringify(process.argv.slice(1)));
console.log(fs.existsSync('stdout') ? fs.readFileSync('stdout', 'utf8') : '{"cost": null}');
if (fs.existsSync('stderr')) console.error(fs.readFileSync('stderr', 'utf8'));`;
const trainer = { node: process.execPath, nodeArguments: ['-e', program, '--'] };

function workplace(config: string) {
  editor.folder = temporaryFolder();
  mkdirSync(path.join(editor.folder, 'configs'));
  writeFileSync(path.join(editor.folder, 'configs', 'a.peft.yaml'), config);
  const file = path.join(editor.folder, 'a.sweep.yaml');
  writeFileSync(file, 'experiment: configs/a.peft.yaml\nmethods: [ln-tuning, bitfit]\n');
  const runs = path.join(editor.folder, 'runs');
  const catalog = { stores: [], storeFor: () => ({ folder: runs }), refresh: async () => {} } as unknown as RunCatalog;
  const starter = new SweepStarter(
    catalog,
    async () => trainer,
    async () => [],
  );
  const words = (): string[] => JSON.parse(readFileSync(path.join(editor.folder, 'words.json'), 'utf8')) as string[];
  /** A sweep that is there, of which the trainer says this. */
  const saying = (id: string, ...lines: readonly string[]): string => {
    const folder = path.join(runs, '.sweeps', id);
    mkdirSync(folder, { recursive: true });
    for (const place of [editor.folder, folder]) {
      writeFileSync(path.join(place, 'stdout'), id);
      writeFileSync(path.join(place, 'stderr'), lines.join('\n'));
    }
    return folder;
  };
  return { file, words, saying, starter, start: () => starter.start({ fsPath: file } as Uri) };
}

it('starts a sweep with what the settings choose, and with their Python where a run may need it', async () => {
  editor.settings = { executor: 'torch', device: 'cuda:1', threads: 2, pythonPath: '/venv/python' };
  const torch = workplace('model: m\n');
  await torch.start();
  expect(torch.words().slice(6)).toEqual(
    ['executor=torch', 'device=cuda:1', 'threads=2', 'python="/venv/python"'].flatMap((one) => ['--default', one]),
  );
  const onnx = workplace('executor: onnx\n');
  await onnx.start();
  expect(onnx.words()).not.toContain('python="/venv/python"');
  expect(onnx.words()).toContain('threads=2');
});

it('starts nothing where a config that was edited is not saved', async () => {
  const { file, words, start } = workplace('model: m\n');
  const config = path.join(path.dirname(file), 'configs', 'a.peft.yaml');
  const edited = { uri: { scheme: 'file', fsPath: config }, isDirty: true, getText: () => 'model: n\n' };
  editor.textDocuments.push({ ...edited, save: async () => false });
  await start();
  editor.textDocuments.pop();
  expect(words).toThrow('ENOENT');
});

describe('what the trainer says of a sweep', () => {
  beforeEach(() => {
    editor.settings = {};
    for (const list of [person.shown, person.called, person.answers]) list.length = 0;
  });

  it('is nothing to read where it starts', async () => {
    const { saying, start } = workplace('model: m\n');
    saying('a-1', 'warning of a config, which its editor shows', 'starts sweep a-1');
    await start();
    expect(person.shown).toEqual([]);
  });

  it('is that it goes on, with what it keeps, and can be opened or started anew', async () => {
    const { words, saying, start } = workplace('model: m\n');
    const before = 'a.sweep.yaml was started before: what sweep a-1 lacks is trained, nothing twice.';
    const folder = saying('a-1', 'goes on with sweep a-1');
    person.answers.push('Open Sweep');
    await start();
    expect(person.shown.splice(0)).toEqual([`information: ${before} [Open Sweep, Start Anew]`]);
    expect(person.called).toEqual([['peftLab.openSweep', { kind: 'sweep', folder }]]);
    expect(words()).not.toContain('--new');
    const keeps = 'sweep a-1: goes on with the settings that it was first started with (none)';
    saying('a-1', 'goes on with sweep a-1', keeps);
    person.answers.push('Start Anew');
    await start();
    // The trainer of this test says the same of the new one.
    expect(person.shown).toEqual([1, 2].map(() => `warning: ${before} ${keeps} [Open Sweep, Start Anew]`));
    expect(words()).toContain('--new');
  });

  it('is shown also where it is resumed or stopped', async () => {
    const { saying, starter } = workplace('model: m\n');
    const other = 'sweep a-1: version 2 has other defaults than version 1: runs of both may not be comparable';
    await starter.resume(saying('a-1', other));
    await starter.stop(saying('a-1', 'sweep a-1: 1 run stopped; no further one starts'));
    expect(person.shown).toEqual([
      `warning: ${other} [Open Sweep]`,
      'information: sweep a-1: 1 run stopped; no further one starts [Open Sweep]',
    ]);
  });
});

it('prices a sweep with the same', async () => {
  const { file, words } = workplace('model: m\n');
  expect(await priceSweep(file, { overrides: ['executor=torch'], mayMeasure: false }, trainer)).toBeUndefined();
  expect(words()).toEqual(['sweep', 'check', file, '--json', '--no-measure', '--default', 'executor=torch']);
});
