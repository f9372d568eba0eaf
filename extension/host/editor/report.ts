import { commands, type LogOutputChannel, window } from 'vscode';
import { messageOf } from '../../problems/messageOf.ts';
import { Blocked } from './blocked.ts';
import { Cancelled, notify } from './notify.ts';

const noteAgainMs = 60_000;
const mostNoted = 200;

/** Shows what went wrong, with the cure that errors carry, and keeps the whole of it in the log. */
export class Reporter {
  readonly #log: Pick<LogOutputChannel, 'error' | 'show'>;
  readonly #notedMs = new Map<string, number>();
  readonly #shown = new Set<string>();

  constructor(log: Pick<LogOutputChannel, 'error' | 'show'>) {
    this.#log = log;
  }

  /** For what happens in the background: the log alone. What fails each second is noted each minute. */
  note = (error: unknown): void => {
    const [message, nowMs] = [messageOf(error), Date.now()];
    if (nowMs - (this.#notedMs.get(message) ?? Number.NEGATIVE_INFINITY) < noteAgainMs) return;
    if (this.#notedMs.size >= mostNoted) this.#notedMs.clear();
    this.#notedMs.set(message, nowMs);
    this.#log.error(error instanceof Error ? error : message);
  };

  /** For what keeps runs in the background from what a person asked for: shown once, however often it is tried. */
  showOnce = (error: unknown): void => {
    const message = messageOf(error);
    if (this.#shown.has(message)) return;
    this.#shown.add(message);
    this.show(error);
  };

  /** For what a person asked for. */
  show = (error: unknown): void => {
    this.note(error);
    const showLog = 'Show Details';
    void notify.error(messageOf(error), showLog).then((chosen) => {
      if (chosen === showLog) this.#log.show();
    });
  };

  /** Does what a person asked for and shows why it failed, or what has to come first. */
  attempt = async (action: () => unknown): Promise<void> => {
    try {
      await action();
    } catch (error) {
      if (error instanceof Cancelled) window.setStatusBarMessage(error.message, 5000);
      else if (error instanceof Blocked) void this.attempt(() => offerFirstSteps(error));
      else this.show(error);
    }
  };
}

async function offerFirstSteps({ message, firstSteps }: Blocked): Promise<void> {
  const chosen = await notify.warning(message, ...firstSteps.map(({ title }) => title));
  const step = firstSteps.find(({ title }) => title === chosen);
  if (step !== undefined) await commands.executeCommand(step.command, ...(step.arguments ?? []));
}

/** Whether the workspace is trusted; tells a person how to change that where it is not. */
export async function hasTrust(isTrusted: boolean): Promise<boolean> {
  if (isTrusted) return true;
  const manage = 'Manage Workspace Trust';
  const message = 'PEFT Lab starts nothing in a workspace that is not trusted: look at its files, then trust it.';
  if ((await notify.warning(message, manage)) === manage) {
    await commands.executeCommand('workbench.trust.manage');
  }
  return false;
}
