import { describe, expect, it } from 'vitest';
import { assignSlots, lineColours, lineLook } from '../../webview/palette.ts';
import { defaultThemes, type ThemeKind } from '../../webview/themes.ts';

function luminance(colour: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  const [r, g, b] = channels.map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

describe('line colours', () => {
  for (const [kind, theme] of Object.entries(defaultThemes)) {
    it(`of our own stand out from the background of ${kind}, 3:1 and more`, () => {
      const own = lineColours(kind as ThemeKind).filter((colour) => colour.startsWith('#'));
      expect(own.length).toBe(8);
      for (const colour of own) expect(contrast(colour, theme['editor-background']!), colour).toBeGreaterThanOrEqual(3);
    });
  }

  it('never come back with the same dashes among 70 runs', () => {
    const looks = Array.from({ length: 70 }, (_, slot) => lineLook(slot)).map(
      ({ colourIndex, dash }) => `${colourIndex}/${dash}`,
    );
    expect(new Set(looks).size).toBe(70);
  });

  it('are given in the order of ids, the lowest free slot first', () => {
    expect(assignSlots({}, ['c', 'a', 'b'])).toEqual({ a: 0, b: 1, c: 2 });
    expect(assignSlots({ b: 0, x: 2 }, ['a', 'b', 'c'])).toEqual({ b: 0, x: 2, a: 1, c: 3 });
    expect(assignSlots({}, ['__proto__x', 'constructor'])).toEqual({ __proto__x: 0, constructor: 1 });
  });
});
