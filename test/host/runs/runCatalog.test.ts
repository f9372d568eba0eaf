import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RunCatalog as Catalog, CatalogChange } from '../../../extension/host/runs/runCatalog.ts';
import { RunStore } from '../../../extension/runs/folder/store.ts';
import { newRun } from '../../support/newRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

interface Folder {
  readonly uri: { readonly scheme: string; readonly fsPath: string };
}

const editor = vi.hoisted(() => ({ folders: [] as Folder[], onFolders: (): void => {} }));

vi.mock('vscode', () => ({
  Disposable: { from: () => ({ dispose() {} }) },
  EventEmitter: class {
    readonly #listeners = new Set<(change: unknown) => void>();
    readonly event = (listener: (change: unknown) => void) => {
      this.#listeners.add(listener);
      return { dispose: () => this.#listeners.delete(listener) };
    };
    fire(change: unknown): void {
      for (const listener of this.#listeners) listener(change);
    }
    dispose(): void {}
  },
  workspace: {
    get workspaceFolders() {
      return editor.folders;
    },
    onDidChangeWorkspaceFolders: (listener: () => void) => {
      editor.onFolders = listener;
    },
    onDidChangeConfiguration: () => {},
    getWorkspaceFolder: () => undefined,
    getConfiguration: () => ({ get: () => undefined }),
  },
}));

const { RunCatalog } = await import('../../../extension/host/runs/runCatalog.ts');

/** A workspace folder with the store of its runs. */
function project(): { readonly folder: Folder; readonly store: RunStore } {
  const place = temporaryFolder();
  return {
    folder: { uri: { scheme: 'file', fsPath: place } },
    store: new RunStore(path.join(place, '.peft-lab', 'runs')),
  };
}

/** The catalog of these folders when all is read, and what it tells from then on: `before → after`. */
async function opened(...folders: readonly Folder[]) {
  editor.folders = [...folders];
  const catalog: Catalog = new RunCatalog((error) => expect.unreachable(String(error)));
  onTestFinished(() => catalog.dispose());
  await catalog.whenLoaded();
  const told: string[] = [];
  catalog.onDidChange(({ changes }: CatalogChange) => {
    told.push(...changes.map(({ before, after }) => `${before?.id} → ${after?.id}`));
  });
  return { catalog, told };
}

beforeEach(() => Object.assign(editor, { folders: [], onFolders: () => {} }));

describe('the runs of a window', () => {
  it('stay what they are while another folder joins the workspace, and while it leaves', async () => {
    const [first, second] = [project(), project()];
    const stays = first.store.create(newRun());
    const comes = second.store.create(newRun());
    const { catalog, told } = await opened(first.folder);
    editor.folders = [second.folder, first.folder];
    editor.onFolders();
    expect(catalog.runs.map(({ id }) => id)).toEqual([stays.id]);
    await catalog.whenLoaded();
    expect(catalog.stores.map(({ store }) => store.folder)).toEqual([second.store.folder, first.store.folder]);
    editor.folders = [first.folder];
    editor.onFolders();
    expect(told).toEqual([`undefined → ${comes.id}`, `${comes.id} → undefined`]);
    expect(catalog.runs.map(({ id }) => id)).toEqual([stays.id]);
  });

  it('are those of the first folder where another is its copy, and the other’s when that goes', async () => {
    const [original, copy] = [project(), project()];
    const run = original.store.create(newRun());
    const later = original.store.create(newRun());
    cpSync(original.store.folder, copy.store.folder, { recursive: true });
    rmSync(path.join(copy.store.folder, later.id), { recursive: true });
    const own = copy.store.create(newRun());
    const { catalog, told } = await opened(original.folder, copy.folder);
    const copied = path.join(copy.store.folder, run.id);
    expect(new Set(catalog.runs.map(({ folder }) => folder))).toEqual(new Set([run.folder, later.folder, own.folder]));
    expect([catalog.withId(run.id)?.folder, catalog.find(copied)]).toEqual([run.folder, undefined]);
    const problem = `must have runs of its own, got 1 run that ${original.store.folder} has too; open this folder by itself`;
    expect(catalog.unreadable).toEqual([{ folder: copy.store.folder, problem }]);
    await original.store.delete(run.folder);
    await catalog.refresh();
    expect(told).toEqual([`${run.id} → undefined`, `undefined → ${run.id}`]);
    expect([catalog.find(copied)?.id, catalog.unreadable]).toEqual([run.id, []]);
  });

  it('give their place to those of a folder that joins before theirs', async () => {
    const [original, copy] = [project(), project()];
    const run = original.store.create(newRun());
    cpSync(original.store.folder, copy.store.folder, { recursive: true });
    const { catalog, told } = await opened(copy.folder);
    editor.folders = [original.folder, copy.folder];
    editor.onFolders();
    await catalog.whenLoaded();
    expect(told).toEqual([`${run.id} → undefined`, `undefined → ${run.id}`]);
    expect(catalog.runs.map(({ folder }) => folder)).toEqual([run.folder]);
  });
});
