import { largestTriangles } from '../curves/decimate.ts';
import { type Description, h } from '../page/dom.ts';

const width = 120;
const height = 20;

/** The shape of a curve in a word's space; the numbers are beside it. */
export function sparkline(values: Float64Array, colour: string): Description {
  const index = Float64Array.from(values, (_, i) => i);
  const taken = largestTriangles(index, values, 0, values.length, width).filter((i) => Number.isFinite(values[i]));
  const shown = taken.map((i) => values[i]!);
  const low = Math.min(...shown);
  const spread = Math.max(...shown) - low || 1;
  const last = Math.max(1, values.length - 1);
  const points = taken.map(
    (i) =>
      `${((i / last) * width).toFixed(1)},${(height - 1 - ((values[i]! - low) / spread) * (height - 2)).toFixed(1)}`,
  );
  return h(
    'svg',
    {
      class: 'sparkline',
      attributes: { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      memo: [values, colour],
    },
    [
      h('polyline', {
        attributes: {
          points: points.join(' '),
          fill: 'none',
          stroke: colour,
          'stroke-width': 1.5,
          'vector-effect': 'non-scaling-stroke',
        },
      }),
    ],
  );
}
