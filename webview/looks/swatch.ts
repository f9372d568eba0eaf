import { type Description, h } from '../page/dom.ts';
import type { LineLook, MarkerShape } from './palette.ts';
import type { Theme } from './theme.ts';

/** Marker outlines around (0, 0), 7 px wide, as the charts draw them. */
export const outlines: { readonly [M in MarkerShape]: string } = {
  circle: 'M -3.5 0 a 3.5 3.5 0 1 0 7 0 a 3.5 3.5 0 1 0 -7 0 z',
  rect: 'M -3 -3 h 6 v 6 h -6 z',
  triangle: 'M 0 -4 L 3.6 2.6 L -3.6 2.6 z',
  rectRot: 'M 0 -4 L 4 0 L 0 4 L -4 0 z',
  star: 'M -3.5 0 h 7 M 0 -3.5 v 7 M -2.5 -2.5 l 5 5 M -2.5 2.5 l 5 -5',
  crossRot: 'M -2.8 -2.8 l 5.6 5.6 M -2.8 2.8 l 5.6 -5.6',
  cross: 'M -3.5 0 h 7 M 0 -3.5 v 7',
};

/** So long that each dash pattern has a gap that the marker in the middle leaves open. */
export const swatchWidth = 36;

function drawing(look: LineLook, colour: string): readonly Description[] {
  return [
    h('line', {
      attributes: {
        x1: 0,
        y1: 6,
        x2: swatchWidth,
        y2: 6,
        stroke: colour,
        'stroke-width': 1.5,
        'stroke-dasharray': look.dash.join(' '),
      },
    }),
    h('path', {
      attributes: {
        d: outlines[look.marker],
        transform: `translate(${swatchWidth / 2} 6)`,
        stroke: colour,
        'stroke-width': 1.5,
        fill: colour,
      },
    }),
  ];
}

/** A run's line as it looks in every chart: colour, dashes, marker. */
export function swatch(look: LineLook, theme: Theme): Description {
  return h(
    'svg',
    {
      class: 'swatch',
      attributes: { width: swatchWidth, height: 12, viewBox: `0 0 ${swatchWidth} 12`, 'aria-hidden': 'true' },
    },
    drawing(look, theme.lines[look.colourIndex]!),
  );
}
