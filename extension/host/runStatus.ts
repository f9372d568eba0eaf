import { StatusBarAlignment, type StatusBarItem, window } from 'vscode';
import type { RunEntry } from '../runs/folder/runEntry.ts';
import { runTitle } from '../view/runNames.ts';
import { leftText, progressOf, progressText, secondsLeft } from '../view/runState.ts';
import { commandId } from './commands/commandTable.ts';
import type { RunCatalog } from './runs/runCatalog.ts';

/** The one item in the status bar: how many runs run, how far they are, what is left. */
export class RunStatus {
  readonly #item: StatusBarItem;
  readonly #catalog: RunCatalog;

  constructor(catalog: RunCatalog) {
    this.#catalog = catalog;
    this.#item = window.createStatusBarItem('peftLab.runs', StatusBarAlignment.Left, 10);
    this.#item.name = 'PEFT Lab';
    this.#item.command = commandId('openDashboard');
  }

  refresh(): void {
    const { runs, queue } = this.#catalog;
    const running = runs.filter(({ state }) => state === 'running');
    if (running.length === 0 && queue.length === 0) {
      this.#item.hide();
      return;
    }
    this.#item.text = `$(${running.length > 0 ? 'sync~spin' : 'clock'}) ${statusText(running, queue.length)}`;
    this.#item.tooltip = [...running.map((run) => `${runTitle(run)}: ${statusText([run], 0)}`), 'Open Dashboard'].join(
      '\n',
    );
    this.#item.show();
  }

  dispose(): void {
    this.#item.dispose();
  }
}

/** `1 run · 62 % · 0:41 left · 2 queued`; progress is that of the run that takes longest. */
function statusText(running: readonly RunEntry[], queued: number): string {
  const progress = running.map(({ summary }) => progressOf(summary)).filter((done) => done !== undefined);
  const left = running.map(({ summary }) => secondsLeft(summary)).filter((seconds) => seconds !== undefined);
  return [
    ...(running.length === 0 ? [] : [running.length === 1 ? '1 run' : `${running.length} runs`]),
    ...(progress.length === 0 ? [] : [progressText(Math.min(...progress))]),
    ...(left.length === 0 ? [] : [leftText(Math.max(...left))]),
    ...(queued === 0 ? [] : [`${queued} queued`]),
  ].join(' · ');
}
