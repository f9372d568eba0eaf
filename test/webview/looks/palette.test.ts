import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Colour, contrast, parseColour } from '../../../webview/looks/colour.ts';
import { assignSlots, lineColours, lineLook, preferredSlot } from '../../../webview/looks/palette.ts';
import { themeOf } from '../../../webview/looks/theme.ts';
import { defaultThemes, type ThemeKind } from '../../../webview/looks/themes.ts';

const rgbOf = (text: string): Colour['rgb'] => parseColour(text)!.rgb;

/** Backgrounds of themes that come with the editor; their chart colours are the defaults of their kind. */
const backgrounds: readonly (readonly [string, ThemeKind, string])[] = [
  ['Dark Modern', 'vscode-dark', '#1f1f1f'],
  ['Dark+', 'vscode-dark', '#1e1e1e'],
  ['Abyss', 'vscode-dark', '#000c18'],
  ['Kimbie Dark', 'vscode-dark', '#221a0f'],
  ['Monokai', 'vscode-dark', '#272822'],
  ['Monokai Dimmed', 'vscode-dark', '#1e1e1e'],
  ['Red', 'vscode-dark', '#390000'],
  ['Solarized Dark', 'vscode-dark', '#002b36'],
  ['Tomorrow Night Blue', 'vscode-dark', '#002451'],
  ['Light Modern', 'vscode-light', '#ffffff'],
  ['Light+', 'vscode-light', '#ffffff'],
  ['Quiet Light', 'vscode-light', '#f5f5f5'],
  ['Solarized Light', 'vscode-light', '#fdf6e3'],
  ['High contrast', 'vscode-high-contrast', '#000000'],
  ['High contrast light', 'vscode-high-contrast-light', '#ffffff'],
];

/** What many themes say for orange: the background of search results. */
const translucentOrange = 'rgba(234, 92, 0, 0.33)';

const linesIn = (kind: ThemeKind, background: string, orange: string) =>
  themeOf(kind, (name) => ({ 'editor-background': background, 'charts-orange': orange })[name] ?? '').lines;

/** How far apart two colours are for the eye, roughly (redmean). */
function distance(a: Colour['rgb'], b: Colour['rgb']): number {
  const mean = (a[0] + b[0]) / 2;
  const [r, g, blue] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
  return Math.sqrt((2 + mean / 256) * r * r + 4 * g * g + (2 + (255 - mean) / 256) * blue * blue);
}

describe('line colours', () => {
  for (const [name, kind, background] of backgrounds) {
    it(`are opaque, stand out 3:1 and more, and are told apart in ${name}`, () => {
      for (const orange of [translucentOrange, '#ea5c0055', defaultThemes[kind]['charts-orange']!]) {
        const lines = linesIn(kind, background, orange);
        expect(lines.length).toBe(13);
        const colours = lines.map((line) => {
          expect(parseColour(line)?.alpha).toBe(1);
          expect(contrast(rgbOf(line), rgbOf(background)), line).toBeGreaterThanOrEqual(3);
          return rgbOf(line);
        });
        for (const [index, colour] of colours.entries())
          for (const [at, other] of colours.slice(0, index).entries())
            expect(distance(colour, other), `${lines[index]} ${lines[at]}`).toBeGreaterThan(40);
      }
    });
  }

  it('stand out from any background, whatever the theme says', () => {
    const channel = fc.integer({ min: 0, max: 255 });
    const anyColour = fc.tuple(channel, channel, channel, fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(fc.tuple(channel, channel, channel), anyColour, ([r, g, b], own) => {
        const background = `rgb(${r}, ${g}, ${b})`;
        const read = (name: string) => (name === 'editor-background' ? background : `rgba(${own.join(', ')})`);
        for (const line of themeOf('vscode-dark', read).lines)
          expect(contrast(rgbOf(line), [r, g, b])).toBeGreaterThanOrEqual(3);
      }),
      { numRuns: 200 },
    );
  });

  it('are the theme’s own where they stand out by themselves', () => {
    const theme = defaultThemes['vscode-dark'];
    const own = lineColours('vscode-dark')
      .slice(0, 5)
      .map((name) => rgbOf(theme[name]!));
    expect(linesIn('vscode-dark', '#1f1f1f', theme['charts-orange']!).slice(0, 5).map(rgbOf)).toEqual(own);
  });

  it('are read as the editor writes them', () => {
    expect(parseColour('#abc')).toEqual({ rgb: [170, 187, 204], alpha: 1 });
    expect(parseColour('#ea5c0055')).toEqual({ rgb: [234, 92, 0], alpha: 85 / 255 });
    expect(parseColour(' rgba(234, 92, 0, 0.33) ')).toEqual({ rgb: [234, 92, 0], alpha: 0.33 });
    expect(parseColour('rgb(1 2 3 / 50%)')).toEqual({ rgb: [1, 2, 3], alpha: 0.5 });
    expect(['tomato', '', '#12', 'rgb(1,2)', 'rgb(a,b,c)'].map(parseColour)).toEqual([null, null, null, null, null]);
  });
});

describe('looks of runs', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, index) => `20261129-0957${10 + index}-764-lora-s1`);
  const looks = (slots: Readonly<Record<string, number>>, shown: readonly string[]) =>
    shown.map((id) => JSON.stringify(lineLook(slots[id]!)));

  it('never repeat among the shown, and no two of thirteen share a colour', () => {
    for (const count of [2, 13, 40, 300]) {
      const shown = ids(count);
      const slots = assignSlots({}, shown);
      expect(new Set(looks(slots, shown)).size).toBe(count);
      const colours = new Set(shown.map((id) => lineLook(slots[id]!).colourIndex));
      expect(colours.size).toBe(Math.min(13, count));
    }
  });

  it('never share colour and marker when the colours have gone round', () => {
    const pairs = Array.from({ length: 91 }, (_, slot) => lineLook(slot)).map(
      ({ colourIndex, marker }) => `${colourIndex}/${marker}`,
    );
    expect(new Set(pairs).size).toBe(91);
  });

  it('follow from the run’s id, whatever was there before it', () => {
    const [a, b, c] = ids(3) as [string, string, string];
    expect(assignSlots({}, [b])).toEqual({ [b]: preferredSlot(b) });
    expect(assignSlots({}, [c, a, b])).toEqual(assignSlots({}, [a, b, c]));
    expect(new Set(ids(60).map(preferredSlot)).size).toBe(13);
  });

  it('stay while others come and go, and only the newer of two yields', () => {
    const shown = ids(10);
    const before = assignSlots({}, shown.slice(0, 6));
    const after = assignSlots(before, shown);
    for (const id of shown.slice(0, 6)) expect(after[id]).toBe(before[id]);
    expect(assignSlots(after, shown.slice(3, 5))).toBe(after);
    expect(assignSlots({ a: 3, b: 3 }, ['b', 'a'])).toEqual({ a: 3, b: 4 });
    expect(assignSlots({ a: 3, b: 3 }, ['b'])).toEqual({ a: 3, b: 3 });
    expect(assignSlots({}, ['__proto__x', 'constructor'])).toHaveProperty('constructor');
  });
});
