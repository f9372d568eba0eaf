import {
  between,
  type Colour,
  contrast,
  flattened,
  leastContrast,
  parseColour,
  type Rgb,
  rgbText,
  standingOut,
} from './colour.ts';
import { lineColours } from './palette.ts';
import { defaultThemes, type ThemeKind } from './themes.ts';

/** The colours that canvases need, read from the editor's variables: a canvas does not follow style sheets. */
export interface Theme {
  readonly kind: ThemeKind;
  readonly isHighContrast: boolean;
  readonly background: string;
  readonly foreground: string;
  /** Variables of the page's style, on the editor's ground and on that of the list of runs. */
  readonly main: GroundStyle;
  readonly side: GroundStyle;
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

/** As near to the background as a mark of this hue may come. */
export function faintest(colour: string, background: string): string {
  const [rgb, ground] = [colourOf(colour).rgb, colourOf(background).rgb];
  const isSeen = (share: number): boolean => contrast(between(rgb, ground, share), ground) >= leastContrast.mark;
  let share = 0;
  while (isSeen(share + 0.05)) share += 0.05;
  return rgbText(between(rgb, ground, share));
}

/** `rgba(r, g, b, alpha)` of any colour that the browser knows. */
export function withAlpha(colour: string, alpha: number): string {
  const { rgb, alpha: own } = colourOf(colour);
  return `rgba(${rgb.join(', ')}, ${alpha * own})`;
}

/** The theme's own chart colours and ours, opaque, each 3:1 and more against the background. */
function linesOn(background: string, kind: ThemeKind, variable: (name: string) => string): readonly string[] {
  const { rgb } = colourOf(background);
  return lineColours(kind).map((name) =>
    // Themes give some that are meant to lie under text, translucent and pale: their hue is what counts.
    rgbText(standingOut(colourOf(name.startsWith('#') ? name : variable(name)).rgb, [rgb])),
  );
}

/** The page's own variables that the editor's stand behind, by what they have to be seen as. */
const groundVariables = {
  '--text': ['foreground', 'text'],
  '--muted': ['descriptionForeground', 'text'],
  '--passed': ['testing-iconPassed', 'mark'],
  '--error': ['testing-iconFailed', 'mark'],
  '--skipped': ['testing-iconSkipped', 'mark'],
  '--warning': ['editorWarning-foreground', 'mark'],
  '--running': ['charts-blue', 'mark'],
} as const;
/** Texts on grounds of their own. */
const textsOn = {
  '--on-button': ['button-foreground', 'button-background'],
  '--on-input': ['input-foreground', 'input-background'],
  '--on-chosen': ['list-activeSelectionForeground', 'list-activeSelectionBackground'],
} as const;

type GroundStyle = Readonly<Record<keyof typeof groundVariables | keyof typeof textsOn, string>>;

/** Rows that the pointer is over, or that were chosen, are still read. */
const rowGrounds = ['list-hoverBackground', 'list-inactiveSelectionBackground'];

/** Colours of texts and signs that are seen on a ground and its rows, whatever the theme says of them. */
function groundStyle(ground: Rgb, read: (name: string) => string): GroundStyle {
  const rows = rowGrounds.map((name) => flattened(colourOf(read(name)), ground));
  const entries = Object.entries(groundVariables).map(([own, [name, use]]) => [
    own,
    rgbText(standingOut(flattened(colourOf(read(name)), ground), [ground, ...rows], leastContrast[use])),
  ]);
  const texts = Object.entries(textsOn).map(([own, [name, groundName]]) => {
    const [text, below] = [colourOf(read(name)), flattened(colourOf(read(groundName)), ground)];
    const told = text.alpha === 0 ? colourOf(read('foreground')) : text;
    return [own, rgbText(standingOut(flattened(told, below), [below], leastContrast.text))];
  });
  return Object.fromEntries([...entries, ...texts]) as GroundStyle;
}

/** @param read the value of a variable of the editor, or an empty text */
export function themeOf(kind: ThemeKind, read: (name: string) => string): Theme {
  const variable = (name: string, fallback = defaultThemes[kind][name] ?? 'transparent') => read(name) || fallback;
  const [foreground, background] = [variable('foreground'), variable('editor-background')];
  const ground = colourOf(background).rgb;
  const main = groundStyle(ground, variable);
  return {
    kind,
    isHighContrast: kind.includes('high-contrast'),
    background,
    foreground: main['--text'],
    main,
    side: groundStyle(flattened(colourOf(variable('sideBar-background')), ground), variable),
    muted: main['--muted'],
    border: variable('widget-border', withAlpha(foreground, 0.2)),
    accent: main['--running'],
    warning: main['--warning'],
    grid: withAlpha(foreground, 0.08),
    fontFamily: variable('font-family', 'sans-serif'),
    fontSize: Number.parseFloat(variable('font-size', '13px')),
    lines: linesOn(background, kind, variable),
  };
}
