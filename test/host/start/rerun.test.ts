import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunRecord } from '../../../extension/contract/run.ts';
import { runEntry } from '../../support/runEntry.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const editor = vi.hoisted(() => ({ window: '', opened: [] as unknown[], told: [] as string[] }));
vi.mock('vscode', () => ({
  Uri: { file: (fsPath: string) => ({ fsPath }) },
  window: { showTextDocument: async () => {}, setStatusBarMessage: (text: string) => editor.told.push(text) },
  workspace: {
    fs: {
      writeFile: async ({ fsPath }: { fsPath: string }, bytes: Uint8Array) => writeFileSync(fsPath, bytes),
    },
    getWorkspaceFolder: ({ fsPath }: { fsPath: string }) => (fsPath.startsWith(editor.window) ? {} : undefined),
    openTextDocument: async (what: unknown) => editor.opened.push(what),
  },
}));

const { openCopy } = await import('../../../extension/host/start/rerun.ts');

const configText = 'model: m\n# of then\n';

describe('a config to change and run again', () => {
  let folder = '';
  beforeEach(() => {
    folder = temporaryFolder();
    Object.assign(editor, { window: path.join(folder, 'window'), opened: [], told: [] });
    for (const name of ['window', 'elsewhere']) mkdirSync(path.join(folder, name));
  });
  const copyOf = (...names: string[]): Promise<void> => {
    const { record } = runEntry({ id: 'a' });
    const file = path.join(folder, ...names);
    return openCopy({ ...record, configText, configPath: file } as RunRecord, { kind: 'unknown' });
  };

  it('lies beside the one of the run, under a name of its own', async () => {
    writeFileSync(path.join(folder, 'window', 'reviews.peft.yaml'), configText);
    await copyOf('window', 'reviews.peft.yaml');
    const copy = path.join(folder, 'window', 'reviews-2.peft.yaml');
    expect(editor.opened).toEqual([{ fsPath: copy }]);
    expect(existsSync(copy)).toBe(true);
    await copyOf('window', 'reviews-2.peft.yaml');
    expect(editor.opened.at(-1)).toEqual({ fsPath: path.join(folder, 'window', 'reviews-3.peft.yaml') });
    expect(readFileSync(copy, 'utf8')).toBe(readFileSync(path.join(folder, 'window', 'reviews-3.peft.yaml'), 'utf8'));
  });

  it('keeps a number that its name ends with', async () => {
    await copyOf('window', 'reviews-lr-1e-4.peft.yaml');
    expect(editor.opened).toEqual([{ fsPath: path.join(folder, 'window', 'reviews-lr-1e-4-2.peft.yaml') }]);
  });

  it('is written nowhere for a run whose folder is not of this window, or not there', async () => {
    await copyOf('elsewhere', 'reviews.peft.yaml');
    await copyOf('window', 'gone', 'reviews.peft.yaml');
    expect(editor.opened).toEqual([1, 2].map(() => expect.objectContaining({ language: 'peft-yaml' })));
    expect([
      existsSync(path.join(folder, 'elsewhere', 'reviews-2.peft.yaml')),
      existsSync(path.join(folder, 'window', 'gone')),
    ]).toEqual([false, false]);
    expect(editor.told.at(-1)).toContain('save the config in this window');
  });
});
