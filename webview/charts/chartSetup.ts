import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
} from 'chart.js';
import { MatrixController, MatrixElement } from 'chartjs-chart-matrix';
import zoomPlugin from 'chartjs-plugin-zoom';
import type { Theme } from '../looks/theme.ts';

export function setUpCharts(): void {
  Chart.register(
    BarController,
    BarElement,
    CategoryScale,
    Filler,
    LinearScale,
    LineController,
    LineElement,
    LogarithmicScale,
    PointElement,
    MatrixController,
    MatrixElement,
    zoomPlugin,
  );
}

/** Fonts and colours of every scale. */
export function scaleLook(theme: Theme) {
  return {
    border: { color: theme.grid },
    grid: { color: theme.grid, tickColor: 'transparent', tickLength: 4 },
    ticks: { color: theme.muted, font: { family: theme.fontFamily, size: theme.fontSize - 2 }, maxRotation: 0 },
  };
}
