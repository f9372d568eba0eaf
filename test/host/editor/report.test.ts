import { beforeEach, describe, expect, it, vi } from 'vitest';

/** The editor: what it shows, the button that a person takes, and Cancel of a task that is under way. */
const editor = vi.hoisted(() => ({
  shown: [] as unknown[][],
  done: [] as unknown[][],
  taken: undefined as string | undefined,
  cancel: (): void => {},
}));
vi.mock('vscode', () => ({
  ProgressLocation: { Notification: 15 },
  commands: { executeCommand: async (...words: unknown[]) => void editor.done.push(words) },
  window: {
    showErrorMessage: async (...words: unknown[]) => void editor.shown.push(['error', ...words]),
    showWarningMessage: async (...words: unknown[]) => {
      editor.shown.push(['warning', ...words]);
      return editor.taken;
    },
    setStatusBarMessage: (text: string) => void editor.shown.push(['status', text]),
    withProgress: (_: unknown, task: (progress: object, token: object) => Promise<unknown>) =>
      task({ report() {} }, { onCancellationRequested: (cancel: () => void) => Object.assign(editor, { cancel }) }),
  },
}));

const { Blocked } = await import('../../../extension/host/editor/blocked.ts');
const { withNotice } = await import('../../../extension/host/editor/notify.ts');
const { Reporter } = await import('../../../extension/host/editor/report.ts');

beforeEach(() => Object.assign(editor, { shown: [], done: [], taken: undefined }));

describe('what a person asked for', () => {
  const logged: unknown[] = [];
  const reporter = new Reporter({ error: (error: unknown) => void logged.push(error), show() {} });
  beforeEach(() => void logged.splice(0));

  it('says that it was cancelled in the status bar, and is no error', async () => {
    await reporter.attempt(() =>
      withNotice('Exporting', async (_, signal) => {
        editor.cancel();
        if (signal.aborted) throw new Error('ended by SIGTERM');
      }),
    );
    expect([editor.shown, logged]).toEqual([[['status', 'Exporting: cancelled']], []]);
  });

  it('shows what went wrong in a task that nobody cancelled, and logs it', async () => {
    await reporter.attempt(() =>
      withNotice('Exporting', async () => {
        throw new Error('peft: has no room');
      }),
    );
    expect(editor.shown).toEqual([['error', 'peft: has no room', 'Show Details']]);
    expect(logged).toHaveLength(1);
  });

  it('offers a button for what has to be done first', async () => {
    const blocked = (): never => {
      throw new Blocked('An experiment lies in a folder', [
        { title: 'Open Folder', command: 'vscode.openFolder' },
        { title: 'Open Its Folder', command: 'vscode.openFolder', arguments: ['/w'] },
      ]);
    };
    await reporter.attempt(blocked);
    expect([editor.shown, editor.done, logged]).toEqual([
      [['warning', 'An experiment lies in a folder', 'Open Folder', 'Open Its Folder']],
      [],
      [],
    ]);
    editor.taken = 'Open Its Folder';
    await reporter.attempt(blocked);
    expect(editor.done).toEqual([['vscode.openFolder', '/w']]);
  });
});
