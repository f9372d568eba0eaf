import type { QuickPick, QuickPickItem } from 'vscode';
import { estimateText } from '../../config/editor/estimateText.ts';
import type { MethodChoice } from '../../config/editor/methodChoices.ts';
import type { RunEstimate } from '../../contract/estimate.ts';
import { type Answer, askForItem, back } from './steps.ts';

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
): Promise<Answer<MethodChoice>> {
  const item = (choice: MethodChoice, estimate: RunEstimate | undefined): MethodItem => ({
    label: choice.title,
    description: [choice.cost, estimate && estimateText(estimate)].filter(Boolean).join(' · '),
    detail: choice.summary.replaceAll(/[`*]/g, ''),
    choice,
  });
  const fill = async (pick: QuickPick<MethodItem>, isOpen: () => boolean): Promise<void> => {
    pick.busy = true;
    const found = await estimates;
    if (!isOpen()) return;
    pick.busy = false;
    if (found === undefined) return;
    const active = pick.activeItems[0]?.choice;
    pick.items = choices.map((choice, i) => item(choice, found[i]));
    pick.activeItems = pick.items.filter(({ choice }) => choice === active);
  };
  const picked = await askForItem({
    title,
    placeholder: 'The weights that are tuned; several methods form a union in the config',
    canGoBack: true,
    items: choices.map((choice) => item(choice, undefined)),
    whileOpen: fill,
  });
  return picked === undefined || picked === back ? picked : picked.choice;
}
