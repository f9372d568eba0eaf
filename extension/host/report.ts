import { commands, type LogOutputChannel, l10n } from 'vscode';
import { notify } from './notify.ts';

/** Shows what went wrong, with the cure that errors carry, and keeps the whole of it in the log. */
export class Reporter {
  readonly #log: LogOutputChannel;

  constructor(log: LogOutputChannel) {
    this.#log = log;
  }

  /** For what happens in the background: the log alone. */
  note = (error: unknown): void => this.#log.error(error instanceof Error ? error : String(error));

  /** For what a person asked for. */
  show = (error: unknown): void => {
    this.note(error);
    const showLog = l10n.t('Show Details');
    const message = error instanceof Error ? error.message : String(error);
    void notify.error(message, showLog).then((chosen) => {
      if (chosen === showLog) this.#log.show();
    });
  };

  /** Does what a person asked for and shows why it failed. */
  attempt = async (action: () => unknown): Promise<void> => {
    try {
      await action();
    } catch (error) {
      this.show(error);
    }
  };
}

/** Whether the workspace is trusted; tells a person how to change that where it is not. */
export async function hasTrust(isTrusted: boolean): Promise<boolean> {
  if (isTrusted) return true;
  const manage = l10n.t('Manage Workspace Trust');
  const message = l10n.t(
    'PEFT Lab starts nothing in a workspace that is not trusted: look at its files, then trust it.',
  );
  if ((await notify.warning(message, manage)) === manage) {
    await commands.executeCommand('workbench.trust.manage');
  }
  return false;
}
