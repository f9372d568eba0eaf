import { commands, type Memento } from 'vscode';
import * as z from 'zod';
import { groupings, orders, type RunView } from './runGroups.ts';

const kept = z.object({
  grouping: z.enum(groupings).catch('state'),
  order: z.enum(orders).catch('newest'),
  filter: z.string().catch(''),
});

const key = 'peftLab.runView';

/** How runs are listed, kept for this workspace. */
export class ExplorerView {
  readonly #memory: Memento;
  #view: RunView;

  constructor(memory: Memento) {
    this.#memory = memory;
    this.#view = kept.parse(memory.get(key) ?? {});
    this.#tellEditor();
  }

  get current(): RunView {
    return this.#view;
  }

  async change(change: Partial<RunView>): Promise<void> {
    this.#view = { ...this.#view, ...change };
    this.#tellEditor();
    await this.#memory.update(key, this.#view);
  }

  #tellEditor(): void {
    void commands.executeCommand('setContext', 'peftLab.filtered', this.#view.filter !== '');
  }
}
