import {
  type InputBox,
  QuickInputButtons,
  type QuickPick,
  type QuickPickItem,
  QuickPickItemKind,
  window,
} from 'vscode';
import { messageOf } from '../../problems/messageOf.ts';
import { withoutIcons } from '../editor/plainText.ts';

/** A person wants the question before. */
export const back = Symbol('back');
/** Nothing to ask here: on to the next question in either direction. */
export const skipped = Symbol('skipped');
/** The outcome of a question; undefined when it was left. */
export type Answer<T> = T | typeof back | undefined;

/** One question of several: what is known so far goes in, what was known after it when it was asked before; what is known then comes out. */
export type Step<S> = (known: S, before?: S) => Promise<Answer<S> | typeof skipped>;

/** Asks one after the other; each can lead back to the one before it. Undefined when one was left. */
export async function askInTurn<S>(first: S, steps: readonly Step<S>[]): Promise<S | undefined> {
  const known: S[] = [first];
  let direction = 1;
  for (let at = 0; at < steps.length; at = Math.max(0, at + direction)) {
    const answer = await steps[at]!(known[at]!, known[at + 1]);
    if (answer === undefined) return undefined;
    if (answer === back) {
      direction = -1;
      continue;
    }
    // Going back to before the first question is asking it again.
    if (answer === skipped && at === 0) direction = 1;
    if (answer !== skipped) direction = 1;
    known[at + 1] = answer === skipped ? known[at]! : answer;
  }
  return known[steps.length]!;
}

interface Question {
  readonly title: string;
  readonly placeholder: string;
  /** Whether there is a question before. */
  readonly canGoBack: boolean;
}

interface ListQuestion<T extends QuickPickItem> extends Question {
  readonly items: readonly T[];
  /** The entry that Enter takes. Default: the first. */
  readonly active?: T | undefined;
  /** Why the last choice was not taken. */
  readonly problem?: string | undefined;
  /** Changes the list while it is open. */
  readonly whileOpen?: (pick: QuickPick<T>, isOpen: () => boolean) => Promise<void>;
}

/** Asks for one entry of a list. */
export async function askForItem<T extends QuickPickItem>(question: ListQuestion<T>): Promise<Answer<T>> {
  const pick = window.createQuickPick<T>();
  Object.assign(pick, {
    ...asked(question),
    matchOnDescription: true,
    matchOnDetail: true,
    keepScrollPosition: true,
    items: [...problemItems<T>(question.problem), ...question.items],
  });
  const active = question.active ?? question.items.find(({ kind }) => kind !== QuickPickItemKind.Separator);
  if (active !== undefined) pick.activeItems = [active];
  return await shown(pick, (settle, isOpen) => {
    pick.onDidAccept(() => {
      const [chosen] = pick.selectedItems;
      if (chosen !== undefined && !isProblem(chosen)) settle(chosen);
    });
    return question.whileOpen?.(pick, isOpen);
  });
}

interface ItemsQuestion<T extends QuickPickItem> extends Omit<ListQuestion<T>, 'active' | 'whileOpen' | 'problem'> {
  /** How many make an answer. Default: one. */
  readonly least?: 1 | 2;
}

/** Asks for some entries of a list; fewer than make an answer are asked for again. */
export async function askForItems<T extends QuickPickItem>(question: ItemsQuestion<T>): Promise<Answer<readonly T[]>> {
  const { title, least = 1 } = question;
  const pick = window.createQuickPick<T>();
  Object.assign(pick, { ...asked(question), canSelectMany: true, matchOnDescription: true, items: question.items });
  pick.selectedItems = question.items.filter(({ picked }) => picked);
  return await shown<QuickPick<T>, readonly T[]>(pick, (settle) => {
    pick.onDidChangeSelection(() => {
      if (pick.selectedItems.length >= least) pick.title = title;
    });
    pick.onDidAccept(() => {
      if (pick.selectedItems.length >= least) settle(pick.selectedItems);
      // A list has no other place where it is seen at once.
      else pick.title = `${title} – tick at least ${least === 1 ? 'one' : 'two'}`;
    });
  });
}

const problemIcon = '$(error) ';

/** A list has no place of its own for what is wrong: it is said in the first row, which cannot be chosen. */
const problemItems = <T extends QuickPickItem>(problem: string | undefined): readonly T[] =>
  problem === undefined
    ? []
    : [{ label: problemIcon + withoutIcons(problem), detail: 'Choose another.', alwaysShow: true } as T];

const isProblem = ({ label }: QuickPickItem): boolean => label.startsWith(problemIcon);

export interface TextQuestion<T> extends Question {
  /** Reads the typed text. @throws Error whose message is shown, and the question stays */
  readonly read: (text: string) => Promise<T>;
}

/** Asks for a text until one can be read. */
export async function askForText<T>(question: TextQuestion<T>): Promise<Answer<T>> {
  const box = window.createInputBox();
  Object.assign(box, asked(question));
  return await shown<InputBox, T>(box, (settle) => {
    box.onDidChangeValue(() => {
      box.validationMessage = undefined;
    });
    box.onDidAccept(async () => {
      if (box.busy) return;
      box.busy = true;
      try {
        settle(await question.read(box.value.trim()));
      } catch (error) {
        box.validationMessage = messageOf(error);
      }
      box.busy = false;
    });
  });
}

const asked = ({ title, placeholder, canGoBack }: Question) => ({
  title,
  placeholder,
  buttons: canGoBack ? [QuickInputButtons.Back] : [],
  // A look at a file beside is no reason to begin anew.
  ignoreFocusOut: true,
});

/** Shows a question until it is settled, left, or its Back button is pressed. */
async function shown<Q extends QuickPick<QuickPickItem> | InputBox, T>(
  input: Q,
  open: (settle: (answer: Answer<T>) => void, isOpen: () => boolean) => unknown,
): Promise<Answer<T>> {
  let isOpen = true;
  try {
    return await new Promise<Answer<T>>((resolve) => {
      input.onDidTriggerButton((button) => {
        if (button === QuickInputButtons.Back) resolve(back);
      });
      input.onDidHide(() => resolve(undefined));
      void open(resolve, () => isOpen);
      input.show();
    });
  } finally {
    isOpen = false;
    input.dispose();
  }
}
