const reachable =
  'button, input, select, summary, a[href], [tabindex="0"], vscode-button, vscode-checkbox, vscode-dropdown, vscode-text-field';

const isThere = ({ isConnected }: Element): boolean => isConnected;

/**
 * Changes the page. Where that takes the element away that has the focus, the next one beside it gets the focus, else the one
 * before it: the browser would begin at the top again.
 */
export function keepFocus(page: Element, change: () => void): void {
  const focused = document.activeElement;
  if (focused === null || focused === page || !page.contains(focused)) {
    change();
    return;
  }
  const homes: Element[] = [];
  for (let home = focused.parentElement; home !== null && home !== page; home = home.parentElement) homes.push(home);
  const all = [...page.querySelectorAll<HTMLElement>(reachable)];
  const at = all.indexOf(focused as HTMLElement);
  change();
  if (focused.isConnected) return;
  const beside = [...all.slice(at + 1), ...all.slice(0, Math.max(at, 0)).reverse()].filter(isThere);
  for (const home of [...homes.filter(isThere), page]) {
    for (const element of beside) {
      if (!home.contains(element)) continue;
      // What is not shown takes none.
      element.focus();
      if (document.activeElement === element) return;
    }
  }
}
