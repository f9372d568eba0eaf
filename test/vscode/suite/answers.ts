import * as vscode from 'vscode';

/** Questions and messages of the editor that tests answer in a person's place. */
type Question =
  | 'showInputBox'
  | 'showQuickPick'
  | 'showOpenDialog'
  | 'showInformationMessage'
  | 'showWarningMessage'
  | 'showErrorMessage';

// biome-ignore lint/suspicious/noExplicitAny: the editor's overloads have no common shape
type Reply = (...asked: any[]) => unknown;

const originals = new Map<Question, unknown>();

/** Answers a question from now on; what was asked is returned as it grows. */
export function answer(question: Question, reply: Reply): unknown[][] {
  const asked: unknown[][] = [];
  const window = vscode.window as unknown as Record<Question, unknown>;
  if (!originals.has(question)) originals.set(question, window[question]);
  window[question] = async (...words: unknown[]) => {
    asked.push(words);
    return reply(...words);
  };
  return asked;
}

/** Picks the entries whose label holds a text, in the order of the questions. @throws Error when there is none */
export function pick(...texts: (string | undefined)[]): unknown[][] {
  const left = [...texts];
  return answer('showQuickPick', (items: readonly (string | vscode.QuickPickItem)[]) => {
    const text = left.shift();
    if (text === undefined) return undefined;
    const label = (item: string | vscode.QuickPickItem): string => (typeof item === 'string' ? item : item.label);
    const found = items.find((item) => label(item).includes(text));
    if (found === undefined) throw new Error(`no ${text} among ${items.map(label).join(' | ')}`);
    return found;
  });
}

/** The editor asks people again. */
export function restoreAnswers(): void {
  const window = vscode.window as unknown as Record<Question, unknown>;
  for (const [question, original] of originals) window[question] = original;
  originals.clear();
}
