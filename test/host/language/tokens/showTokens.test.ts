import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { smallConfig } from '../../../support/smallRun.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

/** An editor that has texts open and shows one page. */
const editor = vi.hoisted(() => ({
  open: [] as unknown[],
  active: undefined as unknown,
  folders: [] as unknown[],
  page: (): string => '',
}));
vi.mock('vscode', () => {
  const nothing = { dispose() {} };
  const page = { uri: { scheme: 'page' }, getText: () => '' };
  return {
    Disposable: { from: () => nothing },
    EventEmitter: class {
      fire() {}
    },
    ThemeColor: class {},
    Uri: { from: (parts: unknown) => parts },
    ViewColumn: { Beside: -2 },
    languages: { setTextDocumentLanguage: async (document: unknown) => document },
    window: {
      get activeTextEditor() {
        return editor.active;
      },
      createTextEditorDecorationType: () => nothing,
      onDidChangeVisibleTextEditors: () => nothing,
      showTextDocument: async () => ({ document: page }),
    },
    workspace: {
      get textDocuments() {
        return editor.open;
      },
      get workspaceFolders() {
        return editor.folders;
      },
      onDidChangeTextDocument: () => nothing,
      openTextDocument: async () => page,
      registerTextDocumentContentProvider: (_: string, provider: { provideTextDocumentContent(): string }) => {
        editor.page = () => provider.provideTextDocumentContent();
        return nothing;
      },
    },
  };
});

const { TokensView } = await import('../../../../extension/host/language/tokens/showTokens.ts');
const { cachedWorlds } = await import('../../../../extension/host/language/checks/cachedWorld.ts');
const { worldOf } = await import('../../../../extension/data/world.ts');
const { openRowViewer } = await import('../../../../extension/data/rows/rowViewer.ts');

describe('the page of tokens', () => {
  let folder: string;
  let view: InstanceType<typeof TokensView>;

  beforeEach(() => {
    folder = temporaryFolder();
    view = new TokensView({ worldOf: cachedWorlds(async () => worldOf), openRowViewer });
  });
  afterEach(() => {
    view.dispose();
    Object.assign(editor, { open: [], active: undefined, folders: [] });
  });

  /** What is shown of a config that was just opened: the first version of its text. */
  async function shown(text: string, uri = { scheme: 'file', fsPath: path.join(folder, 'small.peft.yaml') }) {
    const document = {
      ...{ languageId: 'peft-yaml', version: 1, getText: () => text },
      uri: { ...uri, path: uri.fsPath, toString: () => `${uri.scheme}:${uri.fsPath}` },
    };
    Object.assign(editor, { open: [document], active: { document } });
    await view.show();
    return editor.page();
  }

  it('goes by the text that a config has now, though its tab was closed and opened in between', async () => {
    const before = readFileSync(smallConfig(folder), 'utf8');
    expect(await shown(before)).not.toContain('1 cut');
    const after = readFileSync(smallConfig(folder, { data: { train: 'train.tsv', max_length: 8 } }), 'utf8');
    const page = await shown(after);
    expect(page).not.toBe('');
    expect(page).not.toEqual(await shown(before));
    expect(page).toEqual(await shown(after));
  });

  it('goes by the files that a config names as they now are', async () => {
    const model = path.join(folder, 'model');
    const text = readFileSync(smallConfig(folder), 'utf8');
    const own = text.replace(JSON.stringify(JSON.parse(text).model), '"model"');
    cpSync(JSON.parse(text).model, model, { recursive: true });
    const first = await shown(own);
    expect(first).toContain('[CLS]');
    const tokenizer = path.join(model, 'tokenizer.json');
    writeFileSync(tokenizer, readFileSync(tokenizer, 'utf8').replaceAll('"[CLS]"', '"[cls]"'));
    const second = await shown(own);
    expect(second).toContain('[cls]');

    writeFileSync(path.join(folder, 'train.tsv'), 'text\tlabel\nanother row\tpositive\nand one more\tnegative\n');
    const third = await shown(own);
    expect(third).toContain('another');
    expect(third).not.toEqual(second);
  });

  it('reads the paths of a text that was never saved from the first folder of the window', async () => {
    const text = readFileSync(smallConfig(folder), 'utf8');
    editor.folders = [{ uri: { fsPath: folder } }];
    expect(await shown(text, { scheme: 'untitled', fsPath: 'Untitled-1' })).toEqual(await shown(text));
  });
});
