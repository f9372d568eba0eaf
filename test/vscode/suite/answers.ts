import * as vscode from 'vscode';

/** Questions and messages of the editor that tests answer in a person's place. */
type Question =
  | 'showInputBox'
  | 'showQuickPick'
  | 'createQuickPick'
  | 'createInputBox'
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

/** Stands for the Back button among the answers. */
export const goBack = '←';

/**
 * Picks the entries whose label holds a text, in the order of the questions; of a list that fills itself when it is
 * full. @throws Error when there is none
 */
export function pick(...texts: (string | undefined)[]): unknown[][] {
  const left = [...texts];
  const choose = (items: readonly (string | vscode.QuickPickItem)[]) => {
    const text = left.shift();
    if (text === undefined || text === goBack) return text;
    const label = (item: string | vscode.QuickPickItem): string => (typeof item === 'string' ? item : item.label);
    const found = items.find((item) => label(item).includes(text));
    if (found === undefined) throw new Error(`no ${text} among ${items.map(label).join(' | ')}`);
    return found;
  };
  const asked = answer('showQuickPick', choose);
  answerLists((list) => {
    asked.push([list.items, { title: list.title }]);
    return choose(list.items) as vscode.QuickPickItem | typeof goBack | undefined;
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
function answerLists(choose: (list: List) => vscode.QuickPickItem | typeof goBack | undefined): void {
  const window = vscode.window as unknown as Record<Question, unknown>;
  if (!originals.has('createQuickPick')) originals.set('createQuickPick', window.createQuickPick);
  window.createQuickPick = () => {
    const [accepted, hidden] = [new vscode.EventEmitter<void>(), new vscode.EventEmitter<void>()];
    const pressed = new vscode.EventEmitter<vscode.QuickInputButton>();
    const list: List = { title: '', items: [], selectedItems: [], activeItems: [], busy: false };
    const decide = async (untilMs: number): Promise<void> => {
      do await new Promise((resolve) => setTimeout(resolve, 25));
      while (list.busy && Date.now() < untilMs);
      const found = choose(list);
      if (found === goBack) return pressed.fire(vscode.QuickInputButtons.Back);
      list.selectedItems = found === undefined ? [] : [found];
      (found === undefined ? hidden : accepted).fire();
    };
    return Object.assign(list, {
      onDidTriggerButton: pressed.event,
      onDidAccept: accepted.event,
      onDidChangeSelection: new vscode.EventEmitter<readonly vscode.QuickPickItem[]>().event,
      onDidHide: hidden.event,
      show: () => void decide(Date.now() + fillLimitMs),
      dispose: () => {},
    });
  };
}

/** Types one text after the other into boxes, each when the one before was not taken; returns what was said to them. */
export function typeIn(...texts: readonly string[]): (string | undefined)[] {
  const left = [...texts];
  const said: (string | undefined)[] = [];
  const window = vscode.window as unknown as Record<Question, unknown>;
  if (!originals.has('createInputBox')) originals.set('createInputBox', window.createInputBox);
  window.createInputBox = () => {
    const [accepted, hidden] = [new vscode.EventEmitter<void>(), new vscode.EventEmitter<void>()];
    const box = { value: '', busy: false, validationMessage: undefined as string | undefined };
    let isOpen = true;
    const type = async (): Promise<void> => {
      while (isOpen && left.length > 0) {
        box.value = left.shift()!;
        box.validationMessage = undefined;
        accepted.fire();
        do await new Promise((resolve) => setTimeout(resolve, 25));
        while (box.busy);
        said.push(box.validationMessage);
      }
      if (isOpen) hidden.fire();
    };
    return Object.assign(box, {
      onDidAccept: accepted.event,
      onDidHide: hidden.event,
      onDidChangeValue: new vscode.EventEmitter<string>().event,
      onDidTriggerButton: new vscode.EventEmitter<vscode.QuickInputButton>().event,
      show: () => void type(),
      dispose: () => {
        isOpen = false;
      },
    });
  };
  return said;
}

/** The editor asks people again. */
export function restoreAnswers(): void {
  const window = vscode.window as unknown as Record<Question, unknown>;
  for (const [question, original] of originals) window[question] = original;
  originals.clear();
}
