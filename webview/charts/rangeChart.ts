import type { Chart, ChartConfiguration, Plugin } from 'chart.js';
import { sizeOf, spacingOf, tickText } from '../curves/axisText.ts';
import { isStroked } from '../looks/palette.ts';
import { type Theme, withAlpha } from '../looks/theme.ts';
import { type RangePlot, type RangeRow, rangeOf } from '../sweep/rangeRows.ts';
import { scaleLook } from './chartSetup.ts';

/** Narrower than this, a row's name stands above its marks. */
const roomyWidth = 460;
/** Of the chart's width. */
const mostNameShare = 0.34;

const isRoomy = (chart: Chart): boolean => chart.width >= roomyWidth;

const font = (theme: Theme, isStrong: boolean): string =>
  `${isStrong ? '600 ' : ''}${theme.fontSize - 1}px ${theme.fontFamily}`;

export const rangeChartHeightPx = ({ rows }: RangePlot): number => 36 + rows.length * 44;

/** What fits into so many pixels, with an ellipsis in the middle of what does not: ends differ as often as beginnings. */
function fitting({ ctx }: Chart, text: string, room: number): string {
  if (ctx.measureText(text).width <= room) return text;
  for (let kept = text.length - 1; kept > 3; kept--) {
    const head = Math.ceil(kept / 2);
    const short = `${text.slice(0, head)}…${text.slice(text.length - (kept - head))}`;
    if (ctx.measureText(short).width <= room) return short;
  }
  return '…';
}

/** Room for names at the left and ends at the right. */
function padding(chart: Chart, { rows }: RangePlot, theme: Theme): { left: number; right: number; top: number } {
  chart.ctx.font = font(theme, true);
  const widest = (texts: readonly string[]): number =>
    Math.max(0, ...texts.map((text) => chart.ctx.measureText(text).width));
  const names = Math.min(widest(rows.map(({ name }) => name)), chart.width * mostNameShare);
  return { left: isRoomy(chart) ? names + 12 : 4, right: widest(rows.map(({ end }) => end)) + 16, top: 4 };
}

function horizontal(chart: Chart, from: number, to: number, y: number, capPx: number): void {
  const { ctx } = chart;
  ctx.beginPath();
  ctx.moveTo(from, y);
  ctx.lineTo(to, y);
  if (capPx > 0) {
    for (const x of [from, to]) {
      ctx.moveTo(x, y - capPx);
      ctx.lineTo(x, y + capPx);
    }
  }
  ctx.stroke();
}

/** Names, brackets and ends of the rows; dots and means are the chart's own. */
function rowMarks(plot: RangePlot, theme: Theme): Plugin<'line'> {
  const xOf = (chart: Chart, value: number): number => chart.scales.x!.getPixelForValue(value);
  const yOf = (chart: Chart, row: number): number => chart.scales.y!.getPixelForValue(row);
  return {
    id: 'rowMarks',
    beforeDatasetsDraw(chart) {
      if (plot.reference === undefined) return;
      const { ctx, chartArea } = chart;
      const x = Math.round(xOf(chart, plot.reference)) + 0.5;
      ctx.save();
      ctx.strokeStyle = theme.muted;
      ctx.setLineDash(plot.isDifference ? [] : [4, 3]);
      ctx.lineWidth = 1;
      ctx.beginPath();
      ctx.moveTo(x, chartArea.top);
      ctx.lineTo(x, chartArea.bottom);
      ctx.stroke();
      ctx.restore();
    },
    afterDatasetsDraw(chart) {
      const { ctx, chartArea } = chart;
      ctx.save();
      ctx.textBaseline = 'middle';
      for (const [index, row] of plot.rows.entries()) {
        const y = yOf(chart, index);
        ctx.strokeStyle = theme.lines[row.look.colourIndex]!;
        if (row.wider) {
          ctx.lineWidth = 1;
          horizontal(chart, xOf(chart, row.wider.low), xOf(chart, row.wider.high), y + 7, 0);
        }
        if (row.interval) {
          ctx.lineWidth = 2;
          horizontal(chart, xOf(chart, row.interval.low), xOf(chart, row.interval.high), y, 5);
        }
        ctx.fillStyle = theme.foreground;
        ctx.font = font(theme, false);
        const [nameX, nameY, room] = isRoomy(chart)
          ? [4, y, chartArea.left - 12]
          : [chartArea.left, y - 18, chart.width - chartArea.left];
        ctx.textAlign = 'left';
        const name = fitting(chart, row.name, room);
        // Lines end before letters.
        ctx.strokeStyle = theme.background;
        ctx.lineWidth = 3;
        ctx.strokeText(name, nameX, nameY);
        ctx.fillText(name, nameX, nameY);
        ctx.font = font(theme, row.isStrong);
        ctx.textAlign = 'right';
        ctx.fillText(row.end, chart.width - 4, y);
      }
      ctx.restore();
    },
  };
}

/** Neighbouring seeds stand above and below each other, so that equal ones are seen apart. */
const lift = (seed: number): number => [0, -0.12, 0.12, -0.06, 0.06][seed % 5]!;

function marksOf({ dots, mean, look }: RangeRow, index: number, theme: Theme) {
  const colour = theme.lines[look.colourIndex]!;
  const none = { showLine: false, borderWidth: 0, pointHoverRadius: 0, clip: false as const };
  return [
    {
      ...none,
      data: dots.map((x, seed) => ({ x, y: index + lift(seed) })),
      pointRadius: 3,
      pointBackgroundColor: withAlpha(colour, theme.isHighContrast ? 0.8 : 0.5),
      pointBorderColor: colour,
      pointBorderWidth: 1,
    },
    {
      ...none,
      data: mean === undefined ? [] : [{ x: mean, y: index }],
      pointRadius: 5,
      pointStyle: look.marker,
      pointBackgroundColor: colour,
      pointBorderColor: isStroked(look.marker) ? colour : theme.background,
      pointBorderWidth: isStroked(look.marker) ? 2 : 1,
    },
  ];
}

/** Rows of dots, means and intervals along one axis of scores. */
export function rangeConfiguration(plot: RangePlot, theme: Theme): ChartConfiguration<'line'> {
  const base = scaleLook(theme);
  const { low, high } = rangeOf(plot);
  const tick = (value: number, spacing: number, size: number): string => {
    const text = tickText(value, plot.quantity, spacing, size);
    return plot.isDifference ? `${value > 0 ? '+' : ''}${text.replace(' %', '')}` : text;
  };
  return {
    type: 'line',
    data: { datasets: plot.rows.flatMap((row, index) => marksOf(row, index, theme)) },
    options: {
      animation: false,
      parsing: false,
      responsive: true,
      maintainAspectRatio: false,
      events: [],
      layout: { padding: ({ chart }) => padding(chart, plot, theme) },
      scales: {
        x: {
          ...base,
          type: 'linear',
          min: low,
          max: high,
          ticks: {
            ...base.ticks,
            maxTicksLimit: 6,
            includeBounds: false,
            callback(value, _, ticks) {
              return tick(Number(value), spacingOf(ticks), sizeOf(ticks));
            },
          },
        },
        y: { type: 'linear', reverse: true, min: -0.6, max: plot.rows.length - 0.4, display: false },
      },
      plugins: { zoom: { zoom: {} } },
    },
    plugins: [rowMarks(plot, theme)],
  };
}
