import { lineColours } from './palette.ts';
import type { ThemeKind } from './themes.ts';

/** The colours that canvases need, read from the editor's variables: a canvas does not follow style sheets. */
export interface Theme {
  readonly kind: ThemeKind;
  readonly isHighContrast: boolean;
  readonly background: string;
  readonly foreground: string;
  readonly muted: string;
  readonly border: string;
  readonly accent: string;
  readonly grid: string;
  readonly fontFamily: string;
  readonly fontSize: number;
  /** By `LineLook.colourIndex`. */
  readonly lines: readonly string[];
}

function channels(colour: string): readonly number[] {
  const context = withAlpha.context;
  if (!context) return [128, 128, 128];
  context.fillStyle = '#000000';
  context.fillStyle = colour;
  const text = String(context.fillStyle);
  return text.startsWith('#')
    ? [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16))
    : (text.match(/[\d.]+/g) ?? []).map(Number);
}

/** Opaque colour `share` of the way from the first colour to the second. */
export function mixed(from: string, to: string, share: number): string {
  const [a, b] = [channels(from), channels(to)];
  return `rgb(${[0, 1, 2].map((i) => Math.round(a[i]! + share * (b[i]! - a[i]!))).join(', ')})`;
}

/** `rgba(r, g, b, alpha)` of any colour that the browser knows. */
export function withAlpha(colour: string, alpha: number): string {
  const [r, g, b, own] = channels(colour);
  return `rgba(${r}, ${g}, ${b}, ${alpha * (own ?? 1)})`;
}
withAlpha.context = typeof document === 'undefined' ? null : document.createElement('canvas').getContext('2d');

export function readTheme(): Theme {
  const { body } = document;
  const style = getComputedStyle(body);
  const variable = (name: string, fallback: string) => style.getPropertyValue(`--vscode-${name}`).trim() || fallback;
  // High-contrast light carries both high-contrast classes, so it is asked for first.
  const kinds: ThemeKind[] = ['vscode-high-contrast-light', 'vscode-high-contrast', 'vscode-light', 'vscode-dark'];
  const kind = kinds.find((name) => body.classList.contains(name)) ?? 'vscode-dark';
  const foreground = variable('foreground', kind.endsWith('light') ? '#3b3b3b' : '#cccccc');
  return {
    kind,
    isHighContrast: kind.includes('high-contrast'),
    background: variable('editor-background', kind.endsWith('light') ? '#ffffff' : '#1f1f1f'),
    foreground,
    muted: variable('descriptionForeground', foreground),
    border: variable('widget-border', withAlpha(foreground, 0.2)),
    accent: variable('charts-blue', '#3794ff'),
    grid: withAlpha(foreground, 0.08),
    fontFamily: variable('font-family', 'sans-serif'),
    fontSize: Number.parseFloat(variable('font-size', '13px')),
    lines: lineColours(kind).map((name) => (name.startsWith('#') ? name : variable(name, foreground))),
  };
}

/** Calls back when the editor changes its theme. */
export function watchTheme(onChange: (theme: Theme) => void): void {
  const observer = new MutationObserver(() => onChange(readTheme()));
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ['class', 'data-vscode-theme-kind', 'data-vscode-theme-id', 'data-vscode-theme-name'],
  });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
}
