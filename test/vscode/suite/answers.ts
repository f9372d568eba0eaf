import * as vscode from 'vscode';

/** Questions and messages of the editor that tests answer in a person's place. */
type Question =
  | 'showInputBox'
  | 'showQuickPick'
  | 'createQuickPick'
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

/** How long a list that fills itself may take. */
const fillLimitMs = 120_000;

/**
 * Picks the entries whose label holds a text, in the order of the questions; of a list that fills itself when it is
 * full. @throws Error when there is none
 */
export function pick(...texts: (string | undefined)[]): unknown[][] {
  const left = [...texts];
  const choose = (items: readonly (string | vscode.QuickPickItem)[]) => {
    const text = left.shift();
    if (text === undefined) return undefined;
    const label = (item: string | vscode.QuickPickItem): string => (typeof item === 'string' ? item : item.label);
    const found = items.find((item) => label(item).includes(text));
    if (found === undefined) throw new Error(`no ${text} among ${items.map(label).join(' | ')}`);
    return found;
  };
  const asked = answer('showQuickPick', choose);
  answerLists((list) => {
    asked.push([list.items, { title: list.title }]);
    return choose(list.items) as vscode.QuickPickItem | undefined;
  });
  return asked;
}

interface List {
  title: string;
  items: readonly vscode.QuickPickItem[];
  selectedItems: readonly vscode.QuickPickItem[];
  activeItems: readonly vscode.QuickPickItem[];
  busy: boolean;
}

/** Answers lists that are made item by item, once they are no longer busy. */
function answerLists(choose: (list: List) => vscode.QuickPickItem | undefined): void {
  const window = vscode.window as unknown as Record<Question, unknown>;
  if (!originals.has('createQuickPick')) originals.set('createQuickPick', window.createQuickPick);
  window.createQuickPick = () => {
    const [accepted, hidden] = [new vscode.EventEmitter<void>(), new vscode.EventEmitter<void>()];
    const list: List = { title: '', items: [], selectedItems: [], activeItems: [], busy: false };
    const decide = async (untilMs: number): Promise<void> => {
      do await new Promise((resolve) => setTimeout(resolve, 25));
      while (list.busy && Date.now() < untilMs);
      const found = choose(list);
      list.selectedItems = found === undefined ? [] : [found];
      (found === undefined ? hidden : accepted).fire();
    };
    return Object.assign(list, {
      onDidAccept: accepted.event,
      onDidHide: hidden.event,
      show: () => void decide(Date.now() + fillLimitMs),
      dispose: () => {},
    });
  };
}

/** The editor asks people again. */
export function restoreAnswers(): void {
  const window = vscode.window as unknown as Record<Question, unknown>;
  for (const [question, original] of originals) window[question] = original;
  originals.clear();
}
