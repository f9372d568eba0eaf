import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import type { Uri } from 'vscode';
import type { RunCatalog } from '../../../extension/host/runs/runCatalog.ts';
import { SweepStarter } from '../../../extension/host/sweeps/sweepStarter.ts';
import { priceSweep } from '../../../extension/host/trainer/estimateRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

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
  window: {
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

/** A trainer that keeps its words, and answers as a sweep's check does. */
const program = `require('fs').writeFileSync('words.json', JSON.stringify(process.argv.slice(1))); console.log('{"cost": null}')`;
const trainer = { node: process.execPath, nodeArguments: ['-e', program, '--'] };

function workplace(config: string) {
  editor.folder = temporaryFolder();
  mkdirSync(path.join(editor.folder, 'configs'));
  writeFileSync(path.join(editor.folder, 'configs', 'a.peft.yaml'), config);
  const file = path.join(editor.folder, 'a.sweep.yaml');
  writeFileSync(file, 'experiment: configs/a.peft.yaml\nmethods: [ln-tuning, bitfit]\n');
  const catalog = { storeFor: () => ({ folder: '/runs' }), refresh: async () => {} } as unknown as RunCatalog;
  const starter = new SweepStarter(
    catalog,
    async () => trainer,
    async () => [],
  );
  const words = (): string[] => JSON.parse(readFileSync(path.join(editor.folder, 'words.json'), 'utf8')) as string[];
  return { file, words, start: () => starter.start({ fsPath: file } as Uri) };
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

it('prices a sweep with the same', async () => {
  const { file, words } = workplace('model: m\n');
  expect(await priceSweep(file, { overrides: ['executor=torch'], mayMeasure: false }, trainer)).toBeUndefined();
  expect(words()).toEqual(['sweep', 'check', file, '--json', '--no-measure', '--default', 'executor=torch']);
});
