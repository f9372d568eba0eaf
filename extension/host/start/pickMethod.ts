import { type QuickPickItem, window } from 'vscode';
import { estimateText } from '../../config/estimateText.ts';
import type { MethodChoice } from '../../config/methodChoices.ts';
import type { RunEstimate } from '../../contract/estimate.ts';

interface MethodItem extends QuickPickItem {
  readonly choice: MethodChoice;
}

/**
 * Asks what to tune. Counts are there at once; memory and time are added when they are known, without moving what is
 * shown.
 * @param estimates in the order of the choices; undefined where they cannot be told
 */
export async function pickMethod(
  title: string,
  choices: readonly MethodChoice[],
  estimates: Promise<readonly RunEstimate[] | undefined>,
): Promise<MethodChoice | undefined> {
  const pick = window.createQuickPick<MethodItem>();
  const item = (choice: MethodChoice, estimate: RunEstimate | undefined): MethodItem => ({
    label: choice.title,
    description: [choice.cost, estimate && estimateText(estimate)].filter(Boolean).join(' · '),
    detail: choice.summary.replaceAll(/[`*]/g, ''),
    choice,
  });
  pick.title = title;
  pick.matchOnDetail = true;
  pick.keepScrollPosition = true;
  pick.items = choices.map((choice) => item(choice, undefined));
  pick.busy = true;
  let isOpen = true;
  const fill = async (): Promise<void> => {
    const found = await estimates;
    if (!isOpen) return;
    pick.busy = false;
    if (found === undefined) return;
    const active = pick.activeItems[0]?.choice;
    pick.items = choices.map((choice, i) => item(choice, found[i]));
    pick.activeItems = pick.items.filter(({ choice }) => choice === active);
  };
  try {
    return await new Promise((resolve) => {
      pick.onDidAccept(() => resolve(pick.selectedItems[0]?.choice));
      pick.onDidHide(() => resolve(undefined));
      pick.show();
      void fill();
    });
  } finally {
    isOpen = false;
    pick.dispose();
  }
}
