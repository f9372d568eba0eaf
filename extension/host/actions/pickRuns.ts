import { l10n, type QuickPickItem, type TreeView, window } from 'vscode';
import * as z from 'zod';
import type { RunEntry } from '../../runs/runEntry.ts';
import { dateTime } from '../../view/moment.ts';
import { tellApart } from '../explorer/runDifferences.ts';
import { runTitle } from '../explorer/runNames.ts';
import { runDescription, stateLooks } from '../explorer/runText.ts';
import type { ExplorerNode } from '../explorer/runTree.ts';
import { notify } from '../notify.ts';
import { withoutIcons } from '../plainText.ts';
import type { RunCatalog } from '../runs/runCatalog.ts';

const runNode = z.object({ kind: z.literal('run'), folder: z.string() });
/** A row of the dashboard's list, as its context menu names it. */
const pageRow = z.object({ run: z.string() });

/** What a command is about when nothing was selected: which runs are offered, and how that is asked. */
export interface RunQuestion {
  readonly title: string;
  readonly fits: (run: RunEntry) => boolean;
  /** Said when no run fits. */
  readonly none: string;
  readonly many?: boolean;
}

/** Finds the runs that a command is about: its arguments (row, all selected rows), else a question. */
export class RunPicker {
  readonly #catalog: RunCatalog;
  readonly #tree: TreeView<ExplorerNode>;

  constructor(catalog: RunCatalog, tree: TreeView<ExplorerNode>) {
    this.#catalog = catalog;
    this.#tree = tree;
  }

  /** The runs named by a command's arguments; a row outside the selection stands for itself. */
  given([row, selected]: readonly unknown[]): readonly RunEntry[] {
    const rows = Array.isArray(selected) && selected.length > 0 ? selected : row === undefined ? [] : [row];
    return this.#entries(rows);
  }

  /** The runs whose rows are selected: that of a row which was just clicked. */
  selected(): readonly RunEntry[] {
    return this.#entries(this.#tree.selection);
  }

  /** Asks where the arguments name none that fits. Undefined when the question was left. */
  async pick(args: readonly unknown[], question: RunQuestion): Promise<readonly RunEntry[] | undefined> {
    const given = this.given(args);
    if (given.length > 0) return given;
    const selected = this.#tree.visible ? this.selected().filter(question.fits) : [];
    if (question.many && selected.length > 1) return selected;
    const candidates = this.#catalog.runs.filter(question.fits).sort((a, b) => (a.id < b.id ? 1 : -1));
    if (candidates.length === 0) {
      void notify.information(question.none);
      return undefined;
    }
    if (candidates.length === 1) return candidates;
    const apart = tellApart(this.#catalog.runs, Date.now());
    const items = candidates.map((run) => item(run, selected.includes(run), apart.get(run.folder)));
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
    return rows.flatMap((row) => {
      const [node, onPage] = [runNode.safeParse(row), pageRow.safeParse(row)];
      const entry = node.success
        ? this.#catalog.find(node.data.folder)
        : onPage.success
          ? this.#catalog.withId(onPage.data.run)
          : undefined;
      return entry === undefined ? [] : [entry];
    });
  }
}

function item(
  run: RunEntry,
  picked: boolean,
  apart: readonly string[] | undefined,
): QuickPickItem & { readonly run: RunEntry } {
  return {
    label: `$(${stateLooks[run.state].icon}) ${withoutIcons(runTitle(run))}`,
    description: withoutIcons(runDescription(run, undefined, Date.now(), apart)),
    detail: l10n.t('seed {0} · {1}', run.record.seed, dateTime(run.record.createdAt)),
    picked,
    run,
  };
}
