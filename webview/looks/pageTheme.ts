import { type Theme, themeOf } from './theme.ts';
import type { ThemeKind } from './themes.ts';

/** The theme that the page wears now. */
function readTheme(): Theme {
  const { body } = document;
  const style = getComputedStyle(body);
  // High-contrast light carries both high-contrast classes, so it is asked for first.
  const kinds: ThemeKind[] = ['vscode-high-contrast-light', 'vscode-high-contrast', 'vscode-light', 'vscode-dark'];
  const kind = kinds.find((name) => body.classList.contains(name)) ?? 'vscode-dark';
  return themeOf(kind, (name) => style.getPropertyValue(`--vscode-${name}`).trim());
}

/** Gives the page's style the colours of the theme that it wears now. */
export function dressPage(): Theme {
  const theme = readTheme();
  for (const [name, value] of Object.entries(theme.main)) document.body.style.setProperty(name, value);
  return theme;
}

/** Dresses the page, and calls back, when the editor changes its theme. */
export function watchTheme(onChange: (theme: Theme) => void): void {
  const observer = new MutationObserver(() => onChange(dressPage()));
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ['class', 'data-vscode-theme-kind', 'data-vscode-theme-id', 'data-vscode-theme-name'],
  });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
}
