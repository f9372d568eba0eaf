import { setTimeout as sleep } from 'node:timers/promises';
import { commands, type QuickPickItem, type TreeView, window } from 'vscode';
import * as z from 'zod';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { dateTime } from '../../view/moment.ts';
import { runTitle } from '../../view/runNames.ts';
import { stateLooks } from '../../view/runState.ts';
import { apartWords, tellApart } from '../../view/tellApart.ts';
import { notify, tellGone } from '../editor/notify.ts';
import { withoutIcons } from '../editor/plainText.ts';
import { runDescription } from '../explorer/runText.ts';
import type { ExplorerNode, RunTree } from '../explorer/runTree.ts';
import type { RunCatalog } from '../runs/runCatalog.ts';

const clickPatienceMs = 5000;
const clickPauseMs = 20;
/** How long the editor may take to tell of another selection. */
const selectionLimitMs = 1000;

/** The explorer's row of a folder that is no run, or cannot be read as one. */
const unreadableRow = z.object({ kind: z.literal('unreadable'), folder: z.string() });
/** A row that stands for runs: of the explorer, or of the dashboard's list, as its context menu names it. */
const runRow = z.union([
  z.object({ kind: z.literal('run'), folder: z.string() }),
  z.object({ kind: z.literal('group'), key: z.string() }),
  z.object({ run: z.string() }),
]);

/** The question of a command when nothing was selected: its words, and the runs that it offers. */
export interface RunQuestion {
  readonly title: string;
  readonly fits: (run: RunEntry) => boolean;
  /** Said when no run fits. */
  readonly none: string;
  readonly many?: boolean;
  /** Whether the newest is ticked where none is selected, so that Enter alone is an answer. */
  readonly startsWithNewest?: boolean;
}

/** Finds the runs that a command is about: its arguments (row, all selected rows), else a question. */
export class RunPicker {
  readonly #catalog: RunCatalog;
  readonly #tree: Pick<RunTree, 'runsOf'>;
  readonly #treeView: TreeView<ExplorerNode>;

  constructor(catalog: RunCatalog, tree: Pick<RunTree, 'runsOf'>, treeView: TreeView<ExplorerNode>) {
    this.#catalog = catalog;
    this.#tree = tree;
    this.#treeView = treeView;
  }

  /** The runs named by a command's arguments; a row outside the selection stands for itself, a group for its runs. */
  given([row, selected]: readonly unknown[]): readonly RunEntry[] {
    const rows = Array.isArray(selected) && selected.length > 0 ? selected : row === undefined ? [] : [row];
    return this.#entries(rows);
  }

  /** The same; undefined where a row was named that is no run any more, which is told. */
  named(args: readonly unknown[]): readonly RunEntry[] | undefined {
    const given = this.given(args);
    if (given.length > 0 || args[0] === undefined) return given;
    // Another run than the one of that row is not meant.
    tellGone('run');
    return undefined;
  }

  /** The folder behind a row, be there a run in it or not. */
  folderOf(row: unknown): string | undefined {
    const { data } = unreadableRow.safeParse(row);
    if (data === undefined) return this.given([row])[0]?.folder;
    return this.#catalog.unreadable.find(({ folder }) => folder === data.folder)?.folder;
  }

  /**
   * A command's arguments. A key that was pressed names no row: it means the row with the focus, with all that are selected where it is
   * one of them.
   */
  async givenOrFocused(args: readonly unknown[]): Promise<readonly unknown[]> {
    if (args.length > 0) return args;
    const before = this.#treeView.selection;
    // The editor tells nobody which row has the focus, but takes it into the selection, or out of it.
    await this.#toggleFocused();
    const after = this.#treeView.selection;
    await this.#toggleFocused();
    const added = after.find((row) => !before.includes(row));
    return added === undefined ? [before.find((row) => !after.includes(row)), before] : [added, [added]];
  }

  async #toggleFocused(): Promise<void> {
    let tell = (): void => {};
    const changed = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const listening = this.#treeView.onDidChangeSelection(() => tell());
    await commands.executeCommand('list.toggleSelection');
    await Promise.race([changed, sleep(selectionLimitMs)]);
    listening.dispose();
  }

  /** The runs whose rows are selected: that of a row which was just clicked. */
  selected(): readonly RunEntry[] {
    return this.#entries(this.#treeView.selection);
  }

  /**
   * The run of the row that was just clicked. While a list is drawn anew the editor knows none of its rows, the clicked one
   * neither; they are back within moments.
   */
  async clicked(): Promise<readonly RunEntry[]> {
    for (let left = clickPatienceMs; left > 0 && this.selected().length === 0; left -= clickPauseMs) {
      await sleep(clickPauseMs);
    }
    return this.selected();
  }

  /**
   * Asks where there are no arguments. Of several rows those are meant that the question is about; of one it is for the
   * action to say what keeps it. Undefined when the question was left, or a row was named that is no run.
   */
  async pick(args: readonly unknown[], question: RunQuestion): Promise<readonly RunEntry[] | undefined> {
    const named = this.named(question.many ? args : args.slice(0, 1));
    if (named === undefined || named.length === 1) return named;
    if (named.length > 1) {
      const fitting = named.filter(question.fits);
      if (fitting.length === 0) void notify.information(question.none);
      return fitting;
    }
    const selected = this.#treeView.visible ? this.selected().filter(question.fits) : [];
    if (question.many && selected.length > 1) return selected;
    const candidates = this.#catalog.runs.filter(question.fits).sort((a, b) => (a.id < b.id ? 1 : -1));
    if (candidates.length === 0) {
      void notify.information(question.none);
      return undefined;
    }
    if (candidates.length === 1) return candidates;
    const apart = tellApart(this.#catalog.runs, runTitle);
    const ticked = selected.length > 0 || !question.startsWithNewest ? selected : candidates.slice(0, 1);
    const items = candidates.map((run) => item(run, ticked.includes(run), apartWords(apart.get(run.record))));
    if (question.many) {
      const picked = await window.showQuickPick(items, {
        title: question.title,
        canPickMany: true,
        matchOnDescription: true,
      });
      return picked?.map(({ run }) => run);
    }
    const picked = await window.showQuickPick(items, { title: question.title, matchOnDescription: true });
    return picked && [picked.run];
  }

  #entries(rows: readonly unknown[]): readonly RunEntry[] {
    const entries = rows.flatMap((row) => {
      const { data } = runRow.safeParse(row);
      if (data === undefined) return [];
      if ('run' in data) return this.#catalog.withId(data.run) ?? [];
      return data.kind === 'group' ? this.#tree.runsOf(data.key) : (this.#catalog.find(data.folder) ?? []);
    });
    // A run may be selected beside its group.
    return [...new Set(entries)];
  }
}

function item(run: RunEntry, picked: boolean, apart: readonly string[]): QuickPickItem & { readonly run: RunEntry } {
  return {
    label: `$(${stateLooks[run.state].icon}) ${withoutIcons(runTitle(run))}`,
    description: withoutIcons(runDescription(run, undefined, Date.now(), apart)),
    detail: `seed ${run.record.seed} · ${dateTime(run.record.createdAt)}`,
    picked,
    run,
  };
}
