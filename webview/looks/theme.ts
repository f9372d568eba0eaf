import { between, type Colour, parseColour, rgbText, standingOut } from './colour.ts';
import { lineColours } from './palette.ts';
import { defaultThemes, type ThemeKind } from './themes.ts';

/** The colours that canvases need, read from the editor's variables: a canvas does not follow style sheets. */
export interface Theme {
  readonly kind: ThemeKind;
  readonly isHighContrast: boolean;
  readonly background: string;
  readonly foreground: string;
  readonly muted: string;
  readonly border: string;
  readonly accent: string;
  readonly warning: string;
  readonly grid: string;
  readonly fontFamily: string;
  readonly fontSize: number;
  /** By `LineLook.colourIndex`. */
  readonly lines: readonly string[];
}

const grey: Colour = { rgb: [128, 128, 128], alpha: 1 };

/** A canvas knows the colours that have names. */
const canvas = typeof document === 'undefined' ? null : document.createElement('canvas').getContext('2d');

function colourOf(text: string): Colour {
  const known = parseColour(text);
  if (known || !canvas) return known ?? grey;
  canvas.fillStyle = '#808080';
  canvas.fillStyle = text;
  return parseColour(String(canvas.fillStyle)) ?? grey;
}

/** Opaque colour `share` of the way from the first colour to the second. */
export function mixed(from: string, to: string, share: number): string {
  return rgbText(between(colourOf(from).rgb, colourOf(to).rgb, share));
}

/** `rgba(r, g, b, alpha)` of any colour that the browser knows. */
export function withAlpha(colour: string, alpha: number): string {
  const { rgb, alpha: own } = colourOf(colour);
  return `rgba(${rgb.join(', ')}, ${alpha * own})`;
}

/** The theme's own chart colours and ours, opaque, each 3:1 and more against the background. */
export function linesOn(background: string, kind: ThemeKind, variable: (name: string) => string): readonly string[] {
  const { rgb } = colourOf(background);
  return lineColours(kind).map((name) =>
    rgbText(standingOut(colourOf(name.startsWith('#') ? name : variable(name)), rgb)),
  );
}

export function readTheme(): Theme {
  const { body } = document;
  const style = getComputedStyle(body);
  const variable = (name: string, fallback: string) => style.getPropertyValue(`--vscode-${name}`).trim() || fallback;
  // High-contrast light carries both high-contrast classes, so it is asked for first.
  const kinds: ThemeKind[] = ['vscode-high-contrast-light', 'vscode-high-contrast', 'vscode-light', 'vscode-dark'];
  const kind = kinds.find((name) => body.classList.contains(name)) ?? 'vscode-dark';
  const foreground = variable('foreground', kind.endsWith('light') ? '#3b3b3b' : '#cccccc');
  const background = variable('editor-background', kind.endsWith('light') ? '#ffffff' : '#1f1f1f');
  return {
    kind,
    isHighContrast: kind.includes('high-contrast'),
    background,
    foreground,
    muted: variable('descriptionForeground', foreground),
    border: variable('widget-border', withAlpha(foreground, 0.2)),
    accent: variable('charts-blue', '#3794ff'),
    warning: variable('editorWarning-foreground', defaultThemes[kind]['editorWarning-foreground']!),
    grid: withAlpha(foreground, 0.08),
    fontFamily: variable('font-family', 'sans-serif'),
    fontSize: Number.parseFloat(variable('font-size', '13px')),
    lines: linesOn(background, kind, (name) => variable(name, defaultThemes[kind][name]!)),
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
