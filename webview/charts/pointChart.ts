import type { Chart, ChartConfiguration, Plugin } from 'chart.js';
import { sizeOf, spacingOf, tickText } from '../curves/axisText.ts';
import { isStroked } from '../looks/palette.ts';
import { type Theme, withAlpha } from '../looks/theme.ts';
import type { PlotMark, PlotSeries, PointPlot } from '../sweep/pointPlots.ts';
import { scaleLook } from './chartSetup.ts';

/** Intervals behind the marks, rings around chosen ones, and the front. */
function plotMarks(plot: PointPlot, theme: Theme): Plugin<'line'> {
  const at = (chart: Chart, { x, y }: { readonly x: number; readonly y: number }): readonly [number, number] => [
    chart.scales.x!.getPixelForValue(x),
    chart.scales.y!.getPixelForValue(y),
  ];
  const interval = (chart: Chart, mark: PlotMark, axis: 'x' | 'y', ends: { low: number; high: number }): void => {
    const { ctx } = chart;
    const isAcross = axis === 'x';
    const [fromX, fromY] = at(chart, { ...mark, [axis]: ends.low });
    const [toX, toY] = at(chart, { ...mark, [axis]: ends.high });
    if (![fromX, fromY, toX, toY].every(Number.isFinite)) return;
    const [capX, capY] = isAcross ? [0, 4] : [4, 0];
    ctx.beginPath();
    ctx.moveTo(fromX, fromY);
    ctx.lineTo(toX, toY);
    for (const [x, y] of [
      [fromX, fromY],
      [toX, toY],
    ] as const) {
      ctx.moveTo(x - capX, y - capY);
      ctx.lineTo(x + capX, y + capY);
    }
    ctx.stroke();
  };
  return {
    id: 'plotMarks',
    beforeDatasetsDraw(chart) {
      const { ctx } = chart;
      ctx.save();
      if (plot.front.length > 1) {
        ctx.strokeStyle = theme.muted;
        ctx.lineWidth = 1;
        ctx.setLineDash([2, 3]);
        ctx.beginPath();
        for (const [index, point] of plot.front.entries()) {
          const [x, y] = at(chart, point);
          if (index === 0) ctx.moveTo(x, y);
          else ctx.lineTo(x, y);
        }
        ctx.stroke();
        ctx.setLineDash([]);
      }
      ctx.lineWidth = 1.5;
      for (const { look, marks } of plot.series) {
        ctx.strokeStyle = theme.lines[look.colourIndex]!;
        for (const mark of marks) {
          if (mark.yInterval) interval(chart, mark, 'y', mark.yInterval);
          if (mark.xInterval && mark.xInterval.low < mark.xInterval.high) interval(chart, mark, 'x', mark.xInterval);
        }
      }
      ctx.restore();
    },
    afterDatasetsDraw(chart) {
      const { ctx } = chart;
      ctx.save();
      ctx.lineWidth = 2;
      for (const { marks } of plot.series) {
        for (const mark of marks) {
          if (mark.ring === undefined) continue;
          const [x, y] = at(chart, mark);
          ctx.strokeStyle = mark.ring === 'edge' ? theme.warning : theme.foreground;
          ctx.beginPath();
          ctx.arc(x, y, 8, 0, 2 * Math.PI);
          ctx.stroke();
        }
      }
      ctx.restore();
    },
  };
}

function datasetsOf({ look, marks, dots, isJoined }: PlotSeries, theme: Theme) {
  const colour = theme.lines[look.colourIndex]!;
  // A beaten point is hollow.
  const fills = marks.map(({ front }) => (front === 'off' ? theme.background : colour));
  return [
    {
      data: dots.map(({ x, y }) => ({ x, y })),
      showLine: false,
      borderWidth: 0,
      clip: false as const,
      pointRadius: 2.5,
      pointBorderColor: colour,
      pointBorderWidth: 1,
      pointBackgroundColor: dots.map(({ isAside }) => (isAside ? theme.background : withAlpha(colour, 0.6))),
    },
    {
      data: marks.map(({ x, y }) => ({ x, y })),
      showLine: isJoined,
      clip: false as const,
      borderColor: colour,
      borderWidth: 1.5,
      borderDash: [...look.dash],
      pointStyle: look.marker,
      pointRadius: isJoined ? 4 : 5,
      pointBackgroundColor: fills,
      pointBorderColor: colour,
      pointBorderWidth: isStroked(look.marker) ? 2 : 1.5,
    },
  ];
}

interface Ends {
  readonly min: number;
  readonly max: number;
}

function endsOf(values: readonly number[], isLog: boolean): Ends {
  const known = values.filter(Number.isFinite);
  if (known.length === 0) return { min: 0, max: 1 };
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (isLog) {
    const air = Math.max((high / low) ** 0.06, 1.1);
    return { min: low / air, max: high * air };
  }
  const air = (high - low || Math.abs(high) || 1) * 0.08;
  return { min: low >= 0 ? Math.max(0, low - air) : low - air, max: high + air };
}

/** On a log axis 1, 2 and 5 of each decade, where there is room; else whole decades. */
function isRoundOn(value: number, chart: Chart): boolean {
  const digit = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
  const decades = Math.log10(chart.scales.x!.max / chart.scales.x!.min);
  const round = decades < 2.5 && chart.width > 320 ? [1, 2, 5] : [1];
  return round.some((one) => Math.abs(digit - one) < 1e-6);
}

/** Points with intervals over a linear, logarithmic or named axis. */
export function pointConfiguration(plot: PointPlot, theme: Theme): ChartConfiguration<'line'> {
  const base = scaleLook(theme);
  const { isLog, places, xQuantity, yQuantity } = plot;
  const all = plot.series.flatMap(({ marks, dots }) => [
    ...dots.map(({ x, y }) => ({ x, y, xInterval: undefined, yInterval: undefined })),
    ...marks,
  ]);
  const xs = all.flatMap(({ x, xInterval }) => [x, ...(xInterval ? [xInterval.low, xInterval.high] : [])]);
  const ys = all.flatMap(({ y, yInterval }) => [y, ...(yInterval ? [yInterval.low, yInterval.high] : [])]);
  const positive = isLog ? xs.filter((x) => x > 0) : xs;
  return {
    type: 'line',
    data: { datasets: plot.series.flatMap((series) => datasetsOf(series, theme)) },
    options: {
      animation: false,
      parsing: false,
      responsive: true,
      maintainAspectRatio: false,
      events: [],
      layout: { padding: { top: 10, right: 12 } },
      scales: {
        x: {
          ...base,
          type: isLog ? 'logarithmic' : 'linear',
          ...(places ? { min: -0.5, max: places.length - 0.5 } : endsOf(positive, isLog)),
          ticks: {
            ...base.ticks,
            ...(!isLog && { maxTicksLimit: 6 }),
            ...(places && { stepSize: 1 }),
            includeBounds: false,
            autoSkip: !isLog,
            callback(value, _, ticks) {
              const number = Number(value);
              if (places) return places[number] ?? null;
              if (isLog)
                return isRoundOn(number, this.chart) ? tickText(number, xQuantity, number, sizeOf(ticks, true)) : null;
              return tickText(number, xQuantity, spacingOf(ticks), sizeOf(ticks));
            },
          },
        },
        y: {
          ...base,
          type: 'linear',
          ...endsOf(ys, false),
          ticks: {
            ...base.ticks,
            maxTicksLimit: 6,
            includeBounds: false,
            callback: (value, _, ticks) => tickText(Number(value), yQuantity, spacingOf(ticks), sizeOf(ticks)),
          },
        },
      },
      plugins: { zoom: { zoom: {} } },
    },
    plugins: [plotMarks(plot, theme)],
  };
}
