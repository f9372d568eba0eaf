import type { Chart, ChartConfiguration, Plugin } from 'chart.js';
import { formatCount } from '../../extension/view/figures.ts';
import type { Bars } from '../curves/parameterBars.ts';
import type { Theme } from '../looks/theme.ts';
import { scaleLook } from './chartSetup.ts';

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** Texts behind the bars, where there is room for them by layout padding. */
function endTexts(bars: Bars, theme: Theme, isStacked: boolean): Plugin<'bar'> {
  return {
    id: 'endTexts',
    afterDatasetsDraw(chart: Chart<'bar'>) {
      const { ctx } = chart;
      ctx.save();
      ctx.font = `${theme.fontSize - 1}px ${theme.fontFamily}`;
      ctx.fillStyle = theme.foreground;
      ctx.textBaseline = 'middle';
      for (const [index, end] of endsOf(bars, chart.width).entries()) {
        const elements = chart.data.datasets
          .map((_, series) => chart.getDatasetMeta(series).data[index])
          .filter((bar) => bar !== undefined);
        const right = Math.max(...elements.map((bar) => bar.x));
        const middle = elements.reduce((sum, bar) => sum + bar.y, 0) / elements.length;
        if (end !== '') ctx.fillText(end, right + 8, isStacked ? (elements[0]?.y ?? middle) : middle);
      }
      ctx.restore();
    },
  };
}

/** Narrower than this, a figure stands behind its bar without its name. */
const roomyWidth = 360;

const endsOf = ({ ends }: Bars, chartWidth: number): readonly string[] =>
  chartWidth >= roomyWidth ? ends : ends.map((end) => end.slice(end.lastIndexOf(' ') + 1));

/** Room that the longest end text takes. */
function endRoom(bars: Bars, chartWidth: number, theme: Theme): number {
  return Math.max(
    0,
    ...endsOf(bars, chartWidth).map((end) => (end === '' ? 0 : end.length * theme.fontSize * 0.52 + 16)),
  );
}

/** Names that need more than a third of the chart's width, or have more characters, end in an ellipsis; the table has them whole. */
const longestLabel = 28;

function shortened(text: string, chartWidth: number, theme: Theme): string {
  const room = Math.min(longestLabel, Math.max(8, Math.floor(chartWidth / 3 / (theme.fontSize * 0.52))));
  return text.length > room ? `${text.slice(0, room - 1)}…` : text;
}

/** What tells a row from its namesakes stands below its name, where an ellipsis does not hide it. */
function linesOf(row: string): readonly string[] {
  const [name, ...details] = row.split(' · ');
  return details.length === 0 ? [name!] : [name!, details.join(' · ')];
}

/** Room for a stacked bar and the lines of its name. */
export const barRowHeightPx = ({ rows }: Bars): number => (rows.some((row) => linesOf(row).length > 1) ? 36 : 28);

/** Horizontal bars; colours by series in the order given. */
export function barConfiguration(
  bars: Bars,
  options: {
    readonly colours: readonly string[];
    readonly isStacked: boolean;
    readonly hasLogAxis: boolean;
    readonly theme: Theme;
  },
): ChartConfiguration<'bar'> {
  const { theme, isStacked, hasLogAxis } = options;
  const base = scaleLook(theme);
  return {
    type: 'bar',
    data: {
      labels: [...bars.rows],
      datasets: bars.series.map(({ name, values }, index) => ({
        label: name,
        // No bar at all for nothing: the smallest length is for small counts.
        data: values.map((value) => (value === 0 ? null : value)),
        backgroundColor: options.colours[index % options.colours.length]!,
        borderColor: theme.background,
        borderWidth: isStacked ? { right: 1 } : 0,
        maxBarThickness: 20,
        categoryPercentage: 0.8,
        barPercentage: 0.9,
        minBarLength: 2,
      })),
    },
    options: {
      indexAxis: 'y',
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      events: [],
      layout: { padding: ({ chart }) => ({ right: endRoom(bars, chart.width, theme) }) },
      scales: {
        x: {
          ...base,
          type: hasLogAxis ? 'logarithmic' : 'linear',
          stacked: isStacked,
          // A log axis has no zero: it begins a decade below the smallest bar, so that this one has a length too.
          ...(hasLogAxis && { min: 10 ** Math.max(0, Math.floor(Math.log10(smallest(bars))) - 1) }),
          ticks: {
            ...base.ticks,
            maxTicksLimit: 6,
            callback: (value) => {
              const number = Number(value);
              // Log axes offer every digit; whole decades are enough.
              if (hasLogAxis && Math.abs(Math.log10(number) - Math.round(Math.log10(number))) > 1e-9) return null;
              return number < 1000 ? formatCount(number) : compact.format(number);
            },
          },
        },
        y: {
          ...base,
          stacked: isStacked,
          grid: { display: false },
          ticks: {
            ...base.ticks,
            color: theme.foreground,
            autoSkip: true,
            callback(_, index) {
              return linesOf(bars.rows[index] ?? '').map((line) => shortened(line, this.chart.width, theme));
            },
          },
        },
      },
      plugins: { zoom: { zoom: {} } },
    },
    plugins: [endTexts(bars, theme, isStacked)],
  };
}

function smallest(bars: Bars): number {
  const positive = bars.series.flatMap(({ values }) => values).filter((value) => value > 0);
  return positive.length > 0 ? Math.min(...positive) : 1;
}
