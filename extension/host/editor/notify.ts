import { ProgressLocation, window } from 'vscode';
import { withoutLinks } from './plainText.ts';

/** Notifications, in which nothing is a link: what they say may hold names and causes from files. */
export const notify = {
  information: (message: string, ...choices: readonly string[]): Thenable<string | undefined> =>
    window.showInformationMessage(withoutLinks(message), ...choices),
  warning: (message: string, ...choices: readonly string[]): Thenable<string | undefined> =>
    window.showWarningMessage(withoutLinks(message), ...choices),
  error: (message: string, ...choices: readonly string[]): Thenable<string | undefined> =>
    window.showErrorMessage(withoutLinks(message), ...choices),
  /** Asks in a dialog, which shows text as it is. */
  confirm: async (question: string, detail: string, yes: string): Promise<boolean> =>
    (await window.showWarningMessage(question, { modal: true, detail }, yes)) === yes,
};

/** A person ended what they had asked for; no failure. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** Says why nothing happens at a row that was deleted elsewhere meanwhile. */
export const tellGone = (what: 'run' | 'sweep'): void =>
  void notify.information(`That ${what} is gone, or cannot be read any more.`);

/**
 * Shows a notification while a task is under way; its button aborts the task.
 * @throws Cancelled where the task fails for that
 */
export function withNotice<T>(
  title: string,
  task: (tell: (message: string) => void, signal: AbortSignal) => Promise<T>,
): Thenable<T> {
  const options = { location: ProgressLocation.Notification, title: withoutLinks(title), cancellable: true };
  return window.withProgress(options, async (progress, token) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    try {
      return await task((message) => progress.report({ message: withoutLinks(message) }), abort.signal);
    } catch (error) {
      throw abort.signal.aborted ? new Cancelled(`${title}: cancelled`) : error;
    }
  });
}
