import { window } from 'vscode';
import { filterOf } from '../../view/runFilter.ts';
import type { ExplorerView } from '../explorer/explorerView.ts';
import { type Grouping, groupings, type Order, orders } from '../explorer/runGroups.ts';
import type { RunTree } from '../explorer/runTree.ts';
import type { RunCatalog } from '../runs/runCatalog.ts';

const groupingTitles: { readonly [G in Grouping]: string } = {
  state: 'State',
  experiment: 'Experiment',
  method: 'Methods',
  model: 'Model',
  data: 'Data',
  tag: 'Tags',
  seed: 'Seed',
  rate: 'Learning rate',
  folder: 'Folder',
  none: 'No groups',
};

const orderTitles: { readonly [O in Order]: string } = {
  newest: 'Newest first',
  oldest: 'Oldest first',
  best: 'Best metric first',
  tunable: 'Fewest tunable parameters first',
  name: 'Name',
};

/** How the run explorer lists runs. */
export class ViewActions {
  readonly #view: ExplorerView;
  readonly #tree: RunTree;
  readonly #catalog: RunCatalog;

  constructor(view: ExplorerView, tree: RunTree, catalog: RunCatalog) {
    this.#view = view;
    this.#tree = tree;
    this.#catalog = catalog;
  }

  async group(): Promise<void> {
    const items = groupings.map((grouping) => ({
      label: groupingTitles[grouping],
      description: grouping === this.#view.current.grouping ? 'now' : '',
      grouping,
    }));
    const picked = await window.showQuickPick(items, { title: 'Group runs by' });
    if (picked) await this.#change({ grouping: picked.grouping });
  }

  async sort(): Promise<void> {
    const items = orders.map((order) => ({
      label: orderTitles[order],
      description: order === this.#view.current.order ? 'now' : '',
      order,
    }));
    const picked = await window.showQuickPick(items, { title: 'Sort runs by' });
    if (picked) await this.#change({ order: picked.order });
  }

  async filter(): Promise<void> {
    const total = this.#catalog.runs.length;
    const filter = await window.showInputBox({
      title: 'Filter runs',
      value: this.#view.current.filter,
      placeHolder: 'sst2 state:finished tag:paper method:ln-tuning',
      prompt: 'Words to find in names, methods, model, data, tags or notes; all must be there',
      validateInput: (text) => {
        const found = this.#catalog.runs.filter(filterOf(text)).length;
        // 1 is the editor's word for information.
        return { message: `${found} of ${total} runs`, severity: 1 };
      },
    });
    if (filter !== undefined) await this.#change({ filter: filter.trim() });
  }

  async clearFilter(): Promise<void> {
    await this.#change({ filter: '' });
  }

  showMore(group: unknown): void {
    if (typeof group === 'string') this.#tree.showMore(group);
  }

  async #change(change: Parameters<ExplorerView['change']>[0]): Promise<void> {
    await this.#view.change(change);
    this.#tree.refresh();
  }
}
