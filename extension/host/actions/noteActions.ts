import { window } from 'vscode';
import type { RunNotes } from '../../contract/run.ts';
import { counted } from '../../problems/counted.ts';
import { updateNotes } from '../../runs/folder/notes.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { runTitle } from '../../view/runNames.ts';
import { notify } from '../editor/notify.ts';
import { changeEachRun } from '../runs/changeEachRun.ts';
import type { RunCatalog } from '../runs/runCatalog.ts';
import { editedTags, tagsText } from './tags.ts';

const mostTags = 20;
const longestName = 200;

/** Actions on people's notes about runs: names, tags, notes, pins, protection. */
export class NoteActions {
  readonly #catalog: RunCatalog;

  constructor(catalog: RunCatalog) {
    this.#catalog = catalog;
  }

  async rename(runs: readonly RunEntry[]): Promise<void> {
    const [run] = runs;
    if (run === undefined || runs.length > 1) {
      const got = run === undefined ? 'none' : counted(runs.length, 'run');
      void notify.information(`Rename: must be told one run, got ${got}; move to the row of a run.`);
      return;
    }
    const value = run.notes.name || runTitle(run);
    const name = await window.showInputBox({
      title: `Name of ${runTitle(run)}`,
      value,
      prompt: 'Empty: its methods and data',
      validateInput: (text) =>
        text.length > longestName ? `must have at most ${longestName} characters, got ${text.length}` : undefined,
    });
    // What the run is called without a name is no name of its own.
    if (name !== undefined && name.trim() !== value) await this.#change([run], () => ({ name: name.trim() }));
  }

  async tag(runs: readonly RunEntry[]): Promise<void> {
    if (runs.length === 0) return;
    const isOne = runs.length === 1;
    const tags = runs.map(({ notes }) => notes.tags);
    const value = tagsText(tags);
    const text = await window.showInputBox({
      title: isOne ? 'Tags of the run' : `Tags of ${runs.length} runs`,
      value,
      prompt: `Separated by commas${isOne ? '' : '; all of them get what you add, and lose what you remove'}`,
      validateInput: (edited) => {
        const most = Math.max(...editedTags(tags, edited).map(({ length }) => length));
        return most > mostTags ? `must be at most ${mostTags} tags a run, got ${most}` : undefined;
      },
    });
    if (text === undefined || text === value) return;
    const edited = editedTags(tags, text);
    await this.#change(runs, (run) => ({ tags: [...edited[runs.indexOf(run)]!] }));
  }

  async note([run]: readonly RunEntry[]): Promise<void> {
    if (run === undefined) return;
    const note = await window.showInputBox({ title: `Note on ${runTitle(run)}`, value: run.notes.note });
    if (note !== undefined) await this.#change([run], () => ({ note: note.trim() }));
  }

  async pin(runs: readonly RunEntry[], pinned: boolean): Promise<void> {
    await this.#change(runs, () => ({ pinned }));
  }

  async protect(runs: readonly RunEntry[], isProtected: boolean): Promise<void> {
    await this.#change(runs, () => ({ protected: isProtected }));
  }

  #change(runs: readonly RunEntry[], changesOf: (run: RunEntry) => Partial<RunNotes>): Promise<void> {
    return changeEachRun(this.#catalog, runs, async (run) => void updateNotes(run.folder, changesOf(run)));
  }
}
