import path from 'node:path';
import { env, type QuickPickItem, QuickPickItemKind, Uri, window } from 'vscode';
import type { ModelFacts } from '../../config/checks/environment.ts';
import type { PushPlan } from '../../contract/push.ts';
import { counted } from '../../problems/counted.ts';
import type { TrainerProgram } from '../../processes/trainerCommand.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { formatBytes } from '../../view/figures.ts';
import { runTitle } from '../../view/runNames.ts';
import { notify, withNotice } from '../editor/notify.ts';
import { withoutIcons } from '../editor/plainText.ts';
import { TextPage } from '../editor/textPage.ts';
import { pushRun } from '../trainer/pushRun.ts';
import { allForms, askForForm } from './exportForms.ts';

const destinations = [
  { label: 'Private', detail: 'A new repository that you, or your organisation, see alone.', words: [] },
  { label: 'Public', detail: 'A new repository that everybody sees.', words: ['--public'] },
  { label: 'Update', detail: 'Into a repository that is there; who sees it stays.', words: ['--update'] },
] as const;

type Choice = 'card' | 'upload' | 'nothing';

/** Uploads a run's model to the Hugging Face hub, once a person has seen what would be sent. */
export class Pushing {
  readonly #card = new TextPage({ scheme: 'peft-lab-model-card', title: 'Model card', language: 'markdown' });

  /** Asks in which form, under which name, for whom; then shows all that would be sent, and sends it on a yes. */
  async push(run: RunEntry, model: ModelFacts, trainer: TrainerProgram): Promise<void> {
    const title = `Push ${runTitle(run)}`;
    const form = await askForForm(run, model, allForms, `${title} as`);
    if (form === undefined) return;
    const name = await window.showInputBox({
      title: `${title}: name of the repository`,
      prompt: 'Owner and name on the hub; the owner is your account or an organisation',
      placeHolder: 'me/reviews-ln-tuning',
      ignoreFocusOut: true,
      validateInput: (text) =>
        /^[\w.-]+\/[\w.-]+$/.test(text.trim()) ? undefined : 'Must be owner/name, like me/reviews',
    });
    if (name === undefined) return;
    const seen = await window.showQuickPick(destinations, { title: `${title}: who sees it`, ignoreFocusOut: true });
    if (seen === undefined) return;
    const folder = path.dirname(run.folder);
    const words = [run.folder, '--runs', folder, '--to', name.trim(), '--format', form, ...seen.words];
    const address = await withNotice('Pushing', (onNote, signal) =>
      pushRun(trainer, words, { folder, onNote, signal, confirm: (plan, ended) => this.#confirm(plan, ended) }),
    );
    if (address === undefined) {
      window.setStatusBarMessage('Nothing was sent', 5000);
      return;
    }
    const open = 'Open';
    void notify.information(`Pushed to ${address}`, open).then((chosen) => {
      if (chosen === open) void env.openExternal(Uri.parse(address));
    });
  }

  dispose(): void {
    this.#card.dispose();
  }

  /** A list that stays until it is answered, or what it asks for has ended: Escape, and all but Upload, send nothing. */
  #confirm({ to, seenBy, files, warning, verified, card }: PushPlan, ended: AbortSignal): Promise<boolean> {
    const size = formatBytes(files.reduce((sum, file) => sum + file.size, 0));
    const count = counted(files.length, 'file');
    const box = window.createQuickPick<QuickPickItem & { readonly choice?: Choice }>();
    box.title = `Push to ${withoutIcons(to)}: ${count}, ${size}`;
    box.placeholder = 'Nothing is sent before you choose Upload';
    box.ignoreFocusOut = true;
    box.items = [
      { choice: 'card', label: '$(book) Show the model card', detail: withoutIcons(verified) },
      {
        choice: 'upload',
        label: `$(cloud-upload) Upload ${count}, ${size}`,
        description: seenBy,
        ...(warning !== '' && { detail: `$(warning) ${withoutIcons(warning)}` }),
      },
      { choice: 'nothing', label: '$(close) Send nothing' },
      { label: 'what would be sent', kind: QuickPickItemKind.Separator },
      ...files.map((file) => ({ label: `$(file) ${withoutIcons(file.path)}`, description: formatBytes(file.size) })),
    ];
    return new Promise((resolve) => {
      box.onDidAccept(() => {
        const choice = box.selectedItems[0]?.choice;
        if (choice === 'card') void this.#card.show(card, { preserveFocus: true });
        if (choice !== 'upload' && choice !== 'nothing') return;
        resolve(choice === 'upload');
        box.hide();
      });
      box.onDidHide(() => {
        resolve(false);
        box.dispose();
      });
      box.show();
      ended.addEventListener('abort', () => box.hide(), { once: true });
    });
  }
}
