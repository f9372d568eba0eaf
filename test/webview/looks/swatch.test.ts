import { describe, expect, it } from 'vitest';
import { lineLook } from '../../../webview/looks/palette.ts';
import { swatch } from '../../../webview/looks/swatch.ts';
import { themeOf } from '../../../webview/looks/theme.ts';

type Drawn = { readonly props: Readonly<Record<string, string | number>> };

/** Half the width of the widest marker, in pixels. */
const markerReach = 4;

/** Where a swatch's line is inked, pixel by pixel, but for what its marker covers. */
function openParts(slot: number): string {
  const theme = themeOf('vscode-light', () => '');
  const { children } = swatch(lineLook(slot), theme).props as { readonly children: readonly [readonly [Drawn, Drawn]] };
  const [line, marker] = children.flat() as unknown as [Drawn, Drawn];
  const dash = String(line.props['stroke-dasharray']).split(' ').filter(Boolean).map(Number);
  const middle = Number(/translate\((\d+)/.exec(String(marker.props.transform))![1]);
  // On and off in turn, a letter a pixel; a plain line is on throughout.
  const pattern = dash.map((length, at) => (at % 2 === 0 ? '-' : ' ').repeat(length)).join('') || '-';
  const inked = [...pattern.repeat(Number(line.props.x2)).slice(0, Number(line.props.x2))];
  return inked.filter((_, x) => x + 1 <= middle - markerReach || x >= middle + markerReach).join('');
}

describe('a swatch', () => {
  it('shows every dash pattern beside its marker', () => {
    const seen = [0, 1, 2, 3, 4].map(openParts);
    expect(new Set(seen).size).toBe(5);
    expect(seen.filter((parts) => !parts.includes(' '))).toHaveLength(1);
  });
});
