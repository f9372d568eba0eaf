import { window } from 'vscode';
import type { RunNotes } from '../../contract/run.ts';
import { updateNotes } from '../../runs/folder/notes.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { runTitle } from '../../view/runNames.ts';
import type { RunCatalog } from '../runs/runCatalog.ts';

const mostTags = 20;
const longestName = 200;

/** Actions on people's notes about runs: names, tags, notes, pins, protection. */
export class NoteActions {
  readonly #catalog: RunCatalog;

  constructor(catalog: RunCatalog) {
    this.#catalog = catalog;
  }

  async rename([run]: readonly RunEntry[]): Promise<void> {
    if (run === undefined) return;
    const name = await window.showInputBox({
      title: 'Name of the run',
      value: run.notes.name || runTitle(run),
      prompt: 'Empty: its methods and data',
      validateInput: (text) =>
        text.length > longestName ? `must have at most ${longestName} characters, got ${text.length}` : undefined,
    });
    if (name !== undefined) await this.#change([run], { name: name.trim() });
  }

  async tag(runs: readonly RunEntry[]): Promise<void> {
    if (runs.length === 0) return;
    const text = await window.showInputBox({
      title: runs.length === 1 ? 'Tags of the run' : `Tags of ${runs.length} runs`,
      value: [...new Set(runs.flatMap(({ notes }) => notes.tags))].join(', '),
      prompt: 'Separated by commas',
      validateInput: (value) => (tagsOf(value).length > mostTags ? `must be at most ${mostTags} tags` : undefined),
    });
    if (text !== undefined) await this.#change(runs, { tags: tagsOf(text) });
  }

  async note([run]: readonly RunEntry[]): Promise<void> {
    if (run === undefined) return;
    const note = await window.showInputBox({ title: `Note on ${runTitle(run)}`, value: run.notes.note });
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
