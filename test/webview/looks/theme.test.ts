import { describe, expect, it } from 'vitest';
import { type Colour, contrast, flattened, parseColour } from '../../../webview/looks/colour.ts';
import { componentColours } from '../../../webview/looks/componentColours.ts';
import { themeOf } from '../../../webview/looks/theme.ts';
import { editorThemeNames, editorThemes } from '../../support/editorThemes.ts';

const rgbOf = (text: string): Colour['rgb'] => parseColour(text)!.rgb;

describe.each(editorThemeNames)('%s', (name) => {
  const { kind, variables } = editorThemes[name];
  const read = (variable: string): string => variables[variable] ?? '';
  const theme = themeOf(kind, read);
  const background = rgbOf(theme.background);
  const side = flattened(parseColour(read('sideBar-background') || theme.background)!, background);

  it('has texts that can be read and marks that can be seen, on rows under the pointer and chosen ones too', () => {
    for (const [ground, style] of [
      [background, theme.main],
      [side, theme.side],
    ] as const) {
      const rows = ['list-hoverBackground', 'list-inactiveSelectionBackground'].map((row) =>
        flattened(parseColour(read(row) || 'transparent')!, ground),
      );
      const { '--on-button': onButton, '--on-input': onInput, '--on-chosen': onChosen, ...others } = style;
      for (const [text, below] of [
        [onButton, 'button-background'],
        [onInput, 'input-background'],
        [onChosen, 'list-activeSelectionBackground'],
      ] as const) {
        const seenOn = flattened(parseColour(read(below) || 'transparent')!, ground);
        expect(contrast(rgbOf(text), seenOn), below).toBeGreaterThanOrEqual(4.5);
      }
      for (const [variable, colour] of Object.entries(others))
        for (const seenOn of [ground, ...rows])
          expect(contrast(rgbOf(colour), seenOn), variable).toBeGreaterThanOrEqual(
            ['--text', '--muted'].includes(variable) ? 4.5 : 3,
          );
    }
    expect(contrast(rgbOf(theme.foreground), background)).toBeGreaterThanOrEqual(4.5);
  });

  it('has a line of its own for every run, and bars of components, that stand out from the ground', () => {
    for (const line of theme.lines) expect(contrast(rgbOf(line), background), line).toBeGreaterThanOrEqual(3);
    const sites = ['query', 'key', 'value', 'output', 'up', 'down', 'gain', 'bias'];
    const names = ['ln-tuning', 'bitfit', 'lora'].flatMap((method) => sites.map((site) => `${method}/${site}`));
    const colours = componentColours([...names, 'head'], theme);
    expect(new Set(colours).size).toBe(names.length + 1);
    for (const [at, colour] of colours.entries())
      expect(contrast(rgbOf(colour), background), names[at]).toBeGreaterThanOrEqual(3);
  });
});
