import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { type JournalEvent, journalLine } from '../../../extension/contract/journal.ts';
import type { RunNotes } from '../../../extension/contract/run.ts';
import { ExplorerView } from '../../../extension/host/explorer/explorerView.ts';
import { runMarks } from '../../../extension/host/explorer/runMarks.ts';
import { type ExplorerNode, RunTree } from '../../../extension/host/explorer/runTree.ts';
import { RunCatalog } from '../../../extension/host/runs/runCatalog.ts';
import { trainerIn } from '../../../extension/host/trainer/trainerProgram.ts';
import { readNotes, updateNotes } from '../../../extension/runs/folder/notes.ts';
import { RunStore } from '../../../extension/runs/folder/store.ts';
import { currentProcess } from '../../../extension/runs/process/process.ts';
import { end, evaluation, hello, newRun, progress } from '../../support/newRun.ts';
import { answer, pick, restoreAnswers } from './answers.ts';
import { until, WorkspaceRuns } from './workspaceRuns.ts';

/** What one window remembers of how runs are listed. */
class Memory implements vscode.Memento {
  readonly #values = new Map<string, unknown>();
  keys = (): readonly string[] => [...this.#values.keys()];
  get<T>(key: string, fallback?: T): T | undefined {
    return (this.#values.get(key) as T | undefined) ?? fallback;
  }
  update = async (key: string, value: unknown): Promise<void> => void this.#values.set(key, value);
}

const hostile = '<img src=x onerror="alert(1)"> [click](command:workbench.action.quit) $(flame) **bold** `x`\n# head';

describe('the run explorer', () => {
  let runs: WorkspaceRuns;
  let store: RunStore;
  const made: string[] = [];
  const opened: { dispose(): void }[] = [];

  before(async () => {
    runs = new WorkspaceRuns();
    store = new RunStore(runs.runsFolder);
    await vscode.extensions.getExtension('peft-lab.peft-lab')!.activate();
  });
  afterEach(() => {
    restoreAnswers();
    for (const each of opened.splice(0)) each.dispose();
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  after(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  const command = (name: string, ...words: unknown[]): Thenable<unknown> =>
    vscode.commands.executeCommand(`peftLab.${name}`, ...words);

  /** A run whose process is gone; its journal says how it went. */
  async function makeRun(
    events: readonly JournalEvent[],
    { notes = {}, ...parts }: Parameters<typeof newRun>[0] & { readonly notes?: Partial<RunNotes> } = {},
  ): Promise<string> {
    const gone = {
      ...(await currentProcess()),
      pid: 2 ** 22 - 1,
      startTime: 'never',
      claimedAt: '2025-01-01T00:00:00Z',
    };
    const { folder } = store.create(newRun(parts), gone);
    made.push(folder);
    writeFileSync(path.join(folder, 'journal.jsonl'), events.map(journalLine).join(''));
    updateNotes(folder, notes);
    return folder;
  }

  /** The explorer as another window on this workspace has it. */
  async function newWindow(): Promise<{ catalog: RunCatalog; tree: RunTree; view: ExplorerView }> {
    const catalog = new RunCatalog((error) => assert.fail(String(error)));
    const view = new ExplorerView(new Memory());
    const tree = new RunTree(catalog, { sweeps: [], find: () => undefined }, view);
    opened.push(catalog, tree);
    await catalog.refresh();
    tree.refresh();
    return { catalog, tree, view };
  }

  const rowsOf = (tree: RunTree): { node: ExplorerNode; item: vscode.TreeItem }[] =>
    tree
      .getChildren()
      .flatMap((node) => (node.kind === 'group' ? tree.getChildren(node) : [node]))
      .map((node) => ({ node, item: tree.getTreeItem(node) }));
  const iconOf = ({ iconPath }: vscode.TreeItem): string => (iconPath as vscode.ThemeIcon).id;

  it('shows each state with its figures, icon, words for menus and for those who listen', async () => {
    const story = [hello(), progress(50), evaluation(50, 0.84)];
    const finished = await makeRun([...story, end('finished', 100)], { notes: { pinned: true, tags: ['paper'] } });
    const died = await makeRun(story, { notes: { protected: true } });
    const failed = await makeRun([...story, end('failed', 50, 'loss became NaN at step 50; lower the rate')]);
    const { tree } = await newWindow();
    const row = (folder: string) =>
      rowsOf(tree).find(({ node }) => node.kind === 'run' && node.folder === folder)!.item;

    assert.equal(row(finished).label, 'ln-tuning · sst2');
    assert.match(String(row(finished).description), /acc 84\.0 · .* · #paper$/);
    // Marks stand where no figure hides them.
    const { token } = new vscode.CancellationTokenSource();
    const signs = (node: vscode.TreeItem) => runMarks.provideFileDecoration(node.resourceUri!, token);
    assert.deepEqual(signs(row(finished)), new vscode.FileDecoration('P', 'pinned'));
    assert.deepEqual(signs(row(died)), new vscode.FileDecoration('K', 'protected'));
    assert.equal(iconOf(row(finished)), 'pass');
    assert.equal(row(finished).contextValue, 'run finished pinned');
    assert.match(row(finished).accessibilityInformation!.label, /^ln-tuning · sst2, finished, .*acc 84\.0/);
    assert.equal(row(died).contextValue, 'run died protected');
    assert.match(String(row(died).description), /died: cause unknown/);
    assert.equal(iconOf(row(failed)), 'error');
    const [group] = tree.getChildren();
    assert.equal(tree.getTreeItem(group!).label, 'Failed or died');
    assert.equal(tree.getTreeItem(group!).description, '2 · acc 84.0');
    const parent = tree.getParent(tree.node(failed));
    assert.equal(parent, group);
  });

  it('draws only rows anew that say something else', async () => {
    const live = await currentProcess();
    const { folder } = store.create(newRun({ methods: 'lora' }), live);
    made.push(folder);
    const file = path.join(folder, 'journal.jsonl');
    const time = (): string => new Date().toISOString();
    writeFileSync(file, journalLine({ ...hello(), time: time() }) + journalLine({ ...progress(1), time: time() }));
    await makeRun([hello(), end('finished', 1)]);
    const { catalog, tree } = await newWindow();
    rowsOf(tree);
    const drawn: unknown[] = [];
    opened.push(tree.onDidChangeTreeData((nodes) => drawn.push(nodes)));
    opened.push(catalog.onDidChange(({ changes }) => tree.runsChanged(changes)));
    tree.refreshRunning();
    assert.equal(drawn.length, 0);

    writeFileSync(file, journalLine({ ...progress(2), time: time() }), { flag: 'a' });
    await catalog.refresh();
    tree.refreshRunning();
    assert.deepEqual(drawn.slice(0, 1), [[tree.node(folder)]]);
    const before = drawn.length;
    await makeRun([hello(), end('stopped', 1)]);
    await catalog.refresh();
    assert.ok(drawn.slice(before).includes(undefined));
  });

  it('shows hostile text as text', async () => {
    const folder = await makeRun([hello(), end('failed', 1, hostile)], {
      notes: { name: hostile, tags: [hostile], note: hostile },
      methods: hostile,
      model: hostile,
      config: { methods: [{ [hostile]: { [hostile]: hostile } }] },
    });
    mkdirSync(path.join(runs.runsFolder, '[x](command:y)'), { recursive: true });
    made.push(path.join(runs.runsFolder, '[x](command:y)'));
    const { tree } = await newWindow();
    const row = rowsOf(tree).find(({ node }) => node.kind === 'run' && node.folder === folder)!;
    assert.equal(typeof row.item.label, 'string');
    assert.doesNotMatch(`${row.item.label}${row.item.description}`, /\n/);
    const tooltip = tree.resolveTreeItem(row.item, row.node).tooltip as vscode.MarkdownString;
    assert.ok(!tooltip.supportHtml);
    assert.deepEqual(tooltip.isTrusted, { enabledCommands: ['peftLab.showLog'] });
    // The one link is ours; nothing of the text is a tag, a picture, a heading or another link.
    const links = tooltip.value.match(/(?<!\\)\]\(command:[^)]*\)/g) ?? [];
    assert.equal(links.length, 1);
    assert.match(links[0]!, /^\]\(command:peftLab\.showLog\?/);
    assert.doesNotMatch(tooltip.value, /<|\$\(flame|\$\\\(flame|^# head/m);

    const told = answer('showErrorMessage', () => undefined);
    answer('showInputBox', () => 'x');
    rmSync(folder, { recursive: true });
    await command('noteRun', { kind: 'run', folder });
    assert.doesNotMatch(JSON.stringify(told), /\]\(command/);
  });

  it('names, tags, notes and pins one run or many, and every window sees it', async () => {
    const [one, two] = [await makeRun([hello(), end('finished', 1)]), await makeRun([hello(), end('stopped', 1)])];
    const rows = [one, two].map((folder) => ({ kind: 'run', folder }));
    const { catalog } = await newWindow();
    await command('refreshRuns');
    answer('showInputBox', () => '  a name  ');
    await command('renameRun', rows[0]);
    answer('showInputBox', () => 'paper, #v2,, paper');
    await command('tagRuns', rows[0], rows);
    answer('showInputBox', () => 'look again');
    await command('noteRun', rows[1]);
    await command('pinRuns', rows[0], rows);
    await command('unpinRuns', rows[1]);
    answer('showInputBox', () => undefined);
    await command('renameRun', rows[1]);
    assert.deepEqual(readNotes(one), {
      name: 'a name',
      tags: ['paper', 'v2'],
      note: '',
      pinned: true,
      protected: false,
    });
    assert.deepEqual(readNotes(two), {
      name: '',
      tags: ['paper', 'v2'],
      note: 'look again',
      pinned: false,
      protected: false,
    });
    await until('the other window', async () => {
      await catalog.refresh();
      return catalog.find(one)?.notes.name === 'a name' && catalog.find(two)?.notes.note === 'look again';
    });
    const asked = answer('showInputBox', () => undefined);
    await command('renameRun', rows[0]);
    const { validateInput } = asked[0]![0] as vscode.InputBoxOptions;
    assert.equal(await validateInput!('x'.repeat(201)), 'must have at most 200 characters, got 201');
  });

  it('leaves each of several runs the tags of its own that nobody took out', async () => {
    const tagsOf = (folder: string): readonly string[] => readNotes(folder).tags;
    const one = await makeRun([hello(), end('finished', 1)], { notes: { tags: ['paper', 'v1'] } });
    const two = await makeRun([hello(), end('finished', 1)], { notes: { tags: ['paper', 'v2'] } });
    const rows = [one, two].map((folder) => ({ kind: 'run', folder }));
    await command('refreshRuns');
    const asked = answer('showInputBox', ({ value }: vscode.InputBoxOptions) =>
      `${value}, best`.replace('paper, ', ''),
    );
    await command('tagRuns', rows[0], rows);
    assert.deepEqual(
      [tagsOf(one), tagsOf(two)],
      [
        ['v1', 'best'],
        ['v2', 'best'],
      ],
    );
    const { title, validateInput } = asked[0]![0] as vscode.InputBoxOptions;
    assert.equal(title, 'Tags of 2 runs');
    const many = Array.from({ length: 20 }, (_, index) => `t${index}`).join();
    assert.equal(await validateInput!(many), undefined);
    assert.equal(await validateInput!(`${many}, v1`), 'must be at most 20 tags a run, got 21');
  });

  it('deletes one or many once that was confirmed, and never a protected one', async () => {
    const folders: string[] = [];
    for (let index = 0; index < 4; index++) folders.push(await makeRun([hello(), end('finished', 1)]));
    updateNotes(folders[3]!, { protected: true });
    const rows = folders.map((folder) => ({ kind: 'run', folder }));
    await command('refreshRuns');
    const there = (): boolean[] => folders.map((folder) => existsSync(folder));

    let asked = answer('showWarningMessage', () => undefined);
    await command('deleteRuns', rows[0]);
    // Four runs that differ in nothing but the moment, or the id where they were made within one second.
    assert.match(String(asked[0]?.[0]), /^Delete “ln-tuning · sst2 · ([\d: -]+|[\d-]+-ln-tuning-\w{4})”\?$/);
    assert.equal((asked[0]![1] as vscode.MessageOptions).modal, true);
    assert.deepEqual(there(), [true, true, true, true]);

    asked = answer('showWarningMessage', (...words: unknown[]) => words.at(-1));
    await command('deleteRuns', rows[0]);
    assert.deepEqual(there(), [false, true, true, true]);
    await command('deleteRuns', rows[1], rows.slice(1));
    assert.equal(asked[1]?.[0], 'Delete 2 runs?');
    const { detail } = asked[1]![1] as vscode.MessageOptions;
    assert.match(
      String(detail),
      /^ln-tuning · sst2 · .*\nln-tuning · .*\n[\d.]+\sk?B of checkpoints.*\n1 more stays: it is protected,/,
    );
    assert.deepEqual(there(), [false, false, false, true]);
  });

  it('groups, sorts and filters as chosen, and shows more of a long group when asked', async () => {
    const [best] = [await makeRun([hello(), evaluation(5, 0.9), end('finished', 5)], { methods: 'bitfit' })];
    await makeRun([hello(), evaluation(5, 0.8), end('finished', 5)], { methods: 'lora', notes: { tags: ['paper'] } });
    const { tree, view } = await newWindow();
    await view.change({ grouping: 'method', order: 'best' });
    tree.refresh();
    const groups = tree.getChildren().map((node) => tree.getTreeItem(node).label);
    assert.ok(groups.includes('bitfit') && groups.includes('lora'));
    await view.change({ grouping: 'none', filter: 'tag:paper' });
    tree.refresh();
    assert.equal(tree.getChildren().length, 1);
    await view.change({ filter: '' });
    tree.refresh();
    assert.deepEqual(tree.getChildren()[0], tree.node(best));

    await command('refreshRuns');
    const asked = pick('Methods', 'Fewest tunable');
    await command('groupRuns');
    await command('sortRuns');
    assert.equal(asked.length, 2);
    const boxes = answer('showInputBox', () => 'tag:paper');
    await command('filterRuns');
    const { validateInput } = boxes[0]![0] as vscode.InputBoxOptions;
    const said = (await validateInput!('tag:paper')) as vscode.InputBoxValidationMessage;
    assert.match(said.message, /^1 of \d+ runs$/);
    await command('clearFilter');
    pick('State', 'Newest first');
    await command('groupRuns');
    await command('sortRuns');
  });

  it('shows the first two hundred of a group, then more', async () => {
    const one = await makeRun([hello(), end('stopped', 1)]);
    const record = JSON.parse(readFileSync(path.join(one, 'run.json'), 'utf8')) as { id: string };
    for (let index = 1; index < 205; index++) {
      const copy = `${one}-${index}`;
      cpSync(one, copy, { recursive: true });
      writeFileSync(path.join(copy, 'run.json'), JSON.stringify({ ...record, id: path.basename(copy) }));
      made.push(copy);
    }
    const { tree } = await newWindow();
    const stopped = tree.getChildren().find((node) => node.kind === 'group' && node.key === 'Stopped')!;
    const children = tree.getChildren(stopped);
    const more = children.at(-1)!;
    assert.equal(children.length, 201);
    assert.ok(more.kind === 'more' && more.hidden >= 5);
    assert.match(String(tree.getTreeItem(more).description), /^\d+ not shown$/);
    tree.showMore('Stopped');
    assert.ok(tree.getChildren(stopped).length >= 205);
    assert.ok(tree.getChildren(stopped).every(({ kind }) => kind === 'run'));
  });

  it('tells foreign folders apart, and lives through the folder of all runs being deleted', async () => {
    const folder = await makeRun([hello(), end('finished', 1)]);
    const foreign = path.join(runs.runsFolder, 'not a run');
    mkdirSync(foreign);
    made.push(foreign);
    const { catalog, tree } = await newWindow();
    const row = rowsOf(tree).find(({ node }) => node.kind === 'unreadable')!;
    assert.equal(row.item.description, 'is not a run folder: it has no run.json');
    assert.equal(row.item.contextValue, 'run unreadable');
    rmSync(runs.runsFolder, { recursive: true });
    await catalog.refresh();
    tree.refresh();
    assert.deepEqual(tree.getChildren(), []);
    assert.deepEqual(tree.getTreeItem({ kind: 'run', folder }).label, '');
    assert.throws(() => catalog.storeOf(folder), /is not in a runs folder of this workspace/);
  });

  it('says so when there is no log, and shows its end when there is one', async () => {
    const folder = await makeRun([hello(), end('failed', 1, 'no such model')]);
    await command('refreshRuns');
    const told = answer('showInformationMessage', () => undefined);
    await command('showLog', { kind: 'run', folder });
    assert.match(String(told[0]?.[0]), /: has no log yet\. no such model$/);
    writeFileSync(path.join(folder, 'output.log'), `${'line\n'.repeat(500)}last words\n`);
    await command('showLog', { kind: 'run', folder });
    const editor = vscode.window.activeTextEditor!;
    assert.equal(path.basename(editor.document.uri.fsPath), 'output.log');
    await until('its end in view', () => (editor.visibleRanges.at(-1)?.end.line ?? 0) >= 499);
  });

  it('names a trainer that is missing', async () => {
    const nowhere = path.join(runs.folder, 'nowhere');
    await assert.rejects(
      trainerIn(nowhere)(),
      (error: Error) =>
        error.message ===
        `${path.join(nowhere, 'dist', 'trainer.cjs')}: is missing; reinstall the extension, then reload the window`,
    );
  });
});
