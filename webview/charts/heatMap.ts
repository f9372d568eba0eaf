import type { ChartConfiguration } from 'chart.js';
import type { TensorChange } from '../../extension/contract/panel.ts';
import { correlationsText, correlationText, depthCorrelations } from '../../extension/view/depthCorrelation.ts';
import { formatSignificant } from '../../extension/view/figures.ts';
import type { TextTable } from '../../extension/view/tableText.ts';
import { type Theme, withAlpha } from '../looks/theme.ts';
import { scaleLook } from './chartSetup.ts';

/** Largest change of all checkpoints, so that colours mean the same at each of them. */
export function largestDrift(drifts: readonly TensorChange[]): number {
  const values = drifts.flatMap(({ layers }) => layers.flatMap(({ meanAbsoluteChange }) => meanAbsoluteChange));
  return Math.max(0, ...values.filter((value) => value !== null && Number.isFinite(value)).map(Number));
}

export function driftTable(drift: TensorChange): TextTable {
  const { columns, layers } = drift;
  const found = new Map(depthCorrelations(drift).map((one) => [one.column, one]));
  const correlation = (column: string): TextTable['rows'][number][number] => {
    const one = found.get(column);
    return one === undefined ? { text: '–' } : { text: correlationText(one), exact: String(one.rho) };
  };
  return {
    columns: [{ title: 'layer', isNumber: false }, ...columns.map((title) => ({ title, isNumber: true }))],
    // Bottom to top, as the picture shows it.
    rows: [
      ...[...layers]
        .reverse()
        .map(({ layer, meanAbsoluteChange }) => [
          { text: layer },
          ...meanAbsoluteChange.map((value) =>
            value === null ? { text: '–' } : { text: formatSignificant(value), exact: String(value) },
          ),
        ]),
      ...(found.size > 0 ? [[{ text: 'Spearman’s ρ with depth' }, ...columns.map(correlation)]] : []),
    ],
  };
}

/** More sites than this are told in the table. */
const mostTold = 4;

/** How the changes go with depth, in one sentence; undefined where too few blocks are tuned. */
export function depthSentence(drift: TensorChange): string | undefined {
  const found = depthCorrelations(drift);
  if (found.length === 0) return undefined;
  const more = found.length > mostTold ? `; ${found.length - mostTold} more in the table` : '';
  return `Spearman’s ρ with depth: ${correlationsText(found.slice(0, mostTold))}${more}`;
}

interface Cell {
  readonly x: string;
  readonly y: string;
  readonly v: number;
}

/** Opacity of a cell: never nothing, so that "tuned but still" differs from "not tuned". */
function strength(value: number, largest: number): number {
  return 0.06 + 0.94 * (largest > 0 ? value / largest : 0);
}

/** Columns narrower than this have their titles in several lines, and then abbreviated. */
const roomyWidth = 120;
const tightWidth = 85;
/** More columns than this have their titles upright. */
const mostLevelColumns = 4;
const uprightHeightPx = 110;

/** A column's title in the lines that fit below it. */
function columnLines(title: string, columnWidth: number): string | string[] {
  if (columnWidth >= roomyWidth) return title;
  return (columnWidth < tightWidth ? title.replace(/attention\.?/, 'attn. ') : title).trim().split(/ +/);
}

const isUpright = ({ columns }: TensorChange): boolean => columns.length > mostLevelColumns;

export const heatMapHeightPx = (drift: TensorChange): number =>
  40 + drift.layers.length * 26 + (isUpright(drift) ? uprightHeightPx : 0);

/** Rows = layers, bottom to top; columns = sites of tuned tensors; colour = mean |Δ|. */
export function heatMapConfiguration(
  drift: TensorChange,
  largest: number,
  theme: Theme,
  onHover: (text: string) => void,
): ChartConfiguration<'matrix', Cell[]> {
  const { columns } = drift;
  const layers = drift.layers.map(({ layer }) => layer);
  const cells = drift.layers.flatMap(({ layer, meanAbsoluteChange }) =>
    meanAbsoluteChange.flatMap((value, column) =>
      value === null ? [] : [{ x: columns[column]!, y: layer, v: value }],
    ),
  );
  const base = scaleLook(theme);
  const ticks = { ...base.ticks, color: theme.foreground };
  return {
    type: 'matrix',
    data: {
      datasets: [
        {
          label: 'mean |Δ|',
          data: cells,
          backgroundColor: ({ raw }) => withAlpha(theme.accent, strength((raw as Cell | undefined)?.v ?? 0, largest)),
          borderColor: theme.isHighContrast ? theme.border : 'transparent',
          borderWidth: theme.isHighContrast ? 1 : 0,
          width: ({ chart }) => Math.max(1, (chart.chartArea?.width ?? 0) / columns.length - 2),
          height: ({ chart }) => Math.max(1, (chart.chartArea?.height ?? 0) / layers.length - 2),
        },
      ],
    },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      events: ['mousemove', 'mouseout'],
      onHover: (_, elements) => {
        const cell = cells[elements[0]?.index ?? -1];
        onHover(cell ? `${cell.y} · ${cell.x}: ${formatSignificant(cell.v)}` : '');
      },
      scales: {
        x: {
          type: 'category',
          labels: [...columns],
          offset: true,
          grid: { display: false },
          border: { display: false },
          ticks: {
            ...ticks,
            autoSkip: false,
            // Where a title has no room beside its neighbours it stands upright.
            minRotation: isUpright(drift) ? 90 : 0,
            maxRotation: isUpright(drift) ? 90 : 0,
            callback(_, index) {
              const title = columns[index] ?? '';
              return isUpright(drift) ? title : columnLines(title, this.chart.width / columns.length);
            },
          },
        },
        y: {
          type: 'category',
          labels: layers,
          offset: true,
          grid: { display: false },
          border: { display: false },
          ticks,
        },
      },
      plugins: { zoom: { zoom: {} } },
    },
  } as ChartConfiguration<'matrix', Cell[]>;
}
