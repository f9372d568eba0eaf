import { afterEach, describe, expect, it, vi } from 'vitest';

const editor = vi.hoisted(() => ({
  window: {
    activeTextEditor: undefined as unknown,
    visibleTextEditors: [] as unknown[],
    showQuickPick: async (_items: readonly { readonly description: string }[]): Promise<undefined> => undefined,
  },
  workspace: {
    textDocuments: [] as unknown[],
    findFiles: async (): Promise<unknown[]> => [],
    fs: { readFile: async () => new Uint8Array() },
    /** As the editor does of a workspace with several folders. */
    asRelativePath: ({ path }: { readonly path: string }, withFolder = true) =>
      path.replace(/^\/[^/]*\//, '').replace(/^[^/]*\//, withFolder ? '$&' : ''),
  },
  Uri: class {
    readonly scheme: string;
    readonly path: string;
    constructor(scheme: string, path: string) {
      this.scheme = scheme;
      this.path = path;
    }
    get fsPath(): string {
      return this.path;
    }
    toString(): string {
      return `${this.scheme}:${this.path}`;
    }
  },
}));
vi.mock('vscode', () => ({ ...editor, QuickPickItemKind: {}, ProgressLocation: {} }));

const { askForConfig, askForSweepFile, fileInFront, filesSelected } = await import(
  '../../../extension/host/start/pickConfig.ts'
);
const { configKind, sweepKind } = await import('../../../extension/host/language/checks/fileKinds.ts');

/** Texts that are open, each in a column of its own; the first is in front. */
function openBeside(...documents: readonly (readonly [languageId: string, scheme: string, path: string])[]) {
  const editors = documents.map(([languageId, ...place]) => ({
    document: { languageId, uri: new editor.Uri(...place) },
  }));
  Object.assign(editor.window, { activeTextEditor: editors[0], visibleTextEditors: editors });
  editor.workspace.textDocuments = editors.map(({ document }) => document);
  return editors.map(({ document }) => document.uri);
}
const b = ['peft-yaml', 'file', '/w/b.peft.yaml'] as const;
const page = ['plaintext', 'file', '/w/notes.txt'] as const;

describe('the config that a command is about', () => {
  afterEach(() => void openBeside());

  it('is the one in front, also where it is a config by its language alone', () => {
    const [own, other] = openBeside(['peft-yaml', 'file', '/w/bert.yaml'], b);
    expect(fileInFront(configKind, undefined)).toBe(own);
    expect(fileInFront(configKind, other)).toBe(other);
    const [sweep] = openBeside(
      ['peft-sweep-yaml', 'file', '/w/films.yaml'],
      ['peft-sweep-yaml', 'file', '/w/b.sweep.yaml'],
    );
    expect(fileInFront(sweepKind, undefined)).toBe(sweep);
  });

  it('is no other one than the text in front that lies in no file', () => {
    const [own] = openBeside(['peft-yaml', 'untitled', 'Untitled-1'], b);
    const cure = 'Untitled-1: must be a file on disk, got untitled text; save it as NAME.peft.yaml first';
    expect(() => fileInFront(configKind, undefined)).toThrow(cure);
    openBeside(b, ['peft-yaml', 'untitled', 'Untitled-1']);
    expect(() => fileInFront(configKind, own)).toThrow(cure);
    openBeside(['peft-sweep-yaml', 'untitled', 'Untitled-2'], ['peft-sweep-yaml', 'file', '/w/b.sweep.yaml']);
    expect(() => fileInFront(sweepKind, undefined)).toThrow(/save it as NAME\.sweep\.yaml first$/);
    openBeside(['peft-yaml', 'git', '/w/a.peft.yaml'], b);
    expect(() => fileInFront(configKind, undefined)).toThrow('a.peft.yaml: must be a file on disk, got git text');
  });

  it('is the only one in sight where none is in front, and asked for where there are several', () => {
    const [, other] = openBeside(page, b);
    expect(fileInFront(configKind, undefined)).toBe(other);
    expect(fileInFront(sweepKind, undefined)).toBeUndefined();
    openBeside(page, b, ['peft-yaml', 'file', '/w/c.peft.yaml']);
    expect(fileInFront(configKind, undefined)).toBeUndefined();
    openBeside(page, ['peft-yaml', 'untitled', 'Untitled-1']);
    expect(fileInFront(configKind, undefined)).toBeUndefined();
  });
});

it('knows the configs and the sweeps among files that are selected', () => {
  const [a, b, sweep, page, remote] = [
    ...['/w/a.peft.yaml', '/w/b.peft.yaml', '/w/a.sweep.yaml', '/w/notes.txt'].map(
      (path) => new editor.Uri('file', path),
    ),
    new editor.Uri('git', '/w/a.peft.yaml'),
  ];
  const selected = [a, page, sweep, b, remote];
  expect(filesSelected(configKind, [b, selected])).toEqual([a, b]);
  expect(filesSelected(sweepKind, [b, selected])).toEqual([sweep]);
  // What the head of an editor says beside the address.
  expect(filesSelected(configKind, [b, { groupId: 0 }])).toEqual([]);
  expect(filesSelected(configKind, [])).toEqual([]);
});

it('tells files of one name apart by their workspace folder, and folders of one name by where they lie', async () => {
  const shown: string[][] = [];
  editor.window.showQuickPick = async (items) => void shown.push(items.map(({ description }) => description));
  const of = (kind: string) =>
    ['/p/a', '/p/b', '/q/b'].map((folder) => new editor.Uri('file', `${folder}/x.${kind}.yaml`));
  editor.workspace.findFiles = async () => [...of('sweep'), new editor.Uri('file', '/p/a/sub/x.sweep.yaml')];
  await askForSweepFile('Start which sweep?');
  editor.workspace.findFiles = async () => of('peft');
  await askForConfig();
  editor.workspace.findFiles = async () => [];
  expect(shown).toEqual([
    ['a', '/p/b', '/q/b', 'a/sub'],
    ['a', '/p/b', '/q/b'],
  ]);
});

it('offers to make a config or a sweep where the workspace has none', async () => {
  await expect(askForConfig()).rejects.toMatchObject({
    message: 'No *.peft.yaml file in this workspace: make one with New Experiment.',
    firstSteps: [{ title: 'New Experiment', command: 'peftLab.newExperiment' }],
  });
  await expect(askForSweepFile('Start which sweep?')).rejects.toMatchObject({
    message: 'No *.sweep.yaml file in this workspace: make one with New Sweep.',
    firstSteps: [{ title: 'New Sweep', command: 'peftLab.newSweep' }],
  });
});
