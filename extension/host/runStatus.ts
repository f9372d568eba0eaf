import { StatusBarAlignment, type StatusBarItem, window } from 'vscode';
import { commandId } from './commands/ids.ts';
import { withoutIcons } from './editor/plainText.ts';
import { runStatusText } from './runStatusText.ts';
import type { RunCatalog } from './runs/runCatalog.ts';
import type { SweepCatalog } from './runs/sweepCatalog.ts';

/** The one item in the status bar: what runs, how far it is, what is left. */
export class RunStatus {
  readonly #item: StatusBarItem;
  readonly #catalog: RunCatalog;
  readonly #sweeps: SweepCatalog;

  constructor(catalog: RunCatalog, sweeps: SweepCatalog) {
    this.#catalog = catalog;
    this.#sweeps = sweeps;
    this.#item = window.createStatusBarItem('peftLab.runs', StatusBarAlignment.Left, 10);
    this.#item.name = 'PEFT Lab';
    this.#item.command = commandId('openDashboard');
  }

  refresh(): void {
    const { runs, queue } = this.#catalog;
    const words = runStatusText(runs, queue.length, this.#sweeps.sweeps);
    if (words === undefined) {
      this.#item.hide();
      return;
    }
    this.#item.text = `$(${words.isRunning ? 'sync~spin' : 'clock'}) ${withoutIcons(words.text)}`;
    this.#item.tooltip = [...words.lines, 'Open Dashboard'].join('\n');
    this.#item.show();
  }

  dispose(): void {
    this.#item.dispose();
  }
}
