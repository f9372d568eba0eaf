import { l10n, window } from 'vscode';
import type { RunNotes } from '../../contract/run.ts';
import { updateNotes } from '../../runs/folder/notes.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { runTitle } from '../../view/runNames.ts';
import type { RunCatalog } from '../runs/runCatalog.ts';

const mostTags = 20;
const longestName = 200;

/** What people say about runs: names, tags, notes, pins, protection. */
export class NoteActions {
  readonly #catalog: RunCatalog;

  constructor(catalog: RunCatalog) {
    this.#catalog = catalog;
  }

  async rename([run]: readonly RunEntry[]): Promise<void> {
    if (run === undefined) return;
    const name = await window.showInputBox({
      title: l10n.t('Name of the run'),
      value: run.notes.name || runTitle(run),
      prompt: l10n.t('Empty: its methods and data'),
      validateInput: (text) =>
        text.length > longestName
          ? l10n.t('must have at most {0} characters, got {1}', longestName, text.length)
          : undefined,
    });
    if (name !== undefined) await this.#change([run], { name: name.trim() });
  }

  async tag(runs: readonly RunEntry[]): Promise<void> {
    if (runs.length === 0) return;
    const text = await window.showInputBox({
      title: runs.length === 1 ? l10n.t('Tags of the run') : l10n.t('Tags of {0} runs', runs.length),
      value: [...new Set(runs.flatMap(({ notes }) => notes.tags))].join(', '),
      prompt: l10n.t('Divided by commas'),
      validateInput: (value) =>
        tagsOf(value).length > mostTags ? l10n.t('must be at most {0} tags', mostTags) : undefined,
    });
    if (text !== undefined) await this.#change(runs, { tags: tagsOf(text) });
  }

  async note([run]: readonly RunEntry[]): Promise<void> {
    if (run === undefined) return;
    const note = await window.showInputBox({ title: l10n.t('Note on {0}', runTitle(run)), value: run.notes.note });
    if (note !== undefined) await this.#change([run], { note: note.trim() });
  }

  async pin(runs: readonly RunEntry[], pinned: boolean): Promise<void> {
    await this.#change(runs, { pinned });
  }

  async protect(runs: readonly RunEntry[], isProtected: boolean): Promise<void> {
    await this.#change(runs, { protected: isProtected });
  }

  async #change(runs: readonly RunEntry[], changes: Partial<RunNotes>): Promise<void> {
    for (const run of runs) updateNotes(run.folder, changes);
    await this.#catalog.refresh();
  }
}

/** `a, #b ,, a` → `a`, `b` */
const tagsOf = (text: string): string[] => [
  ...new Set(
    text
      .split(',')
      .map((tag) => tag.trim().replace(/^#/, ''))
      .filter(Boolean),
  ),
];
