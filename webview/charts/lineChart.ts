import { Chart } from 'chart.js';
import { axisTickText, sizeOf, spacingAround, spacingOf, tickText } from '../curves/axisText.ts';
import type { CurveCard } from '../curves/curves.ts';
import { type Range, xRangeOf } from '../curves/range.ts';
import { type Theme, withAlpha } from '../looks/theme.ts';
import type { DrawQueue } from '../page/drawQueue.ts';
import { scaleLook } from './chartSetup.ts';
import { lineDatasets, yRangeOf } from './lineDatasets.ts';
import { lineMarks, type MarkSource } from './lineMarks.ts';

export interface LineChartLook {
  /** The range of the x axis where nothing is zoomed: that of all charts beside this one. */
  readonly whole: Range | null;
  readonly zoom: Range | null;
  readonly smoothing: number;
  readonly hasLogScale: boolean;
  readonly theme: Theme;
}

interface LineChartEvents {
  readonly onZoom: (range: Range | null) => void;
  /** x in the axis' unit, and where the pointer is. */
  readonly onHover: (x: number | null, pointer: { readonly left: number; readonly top: number }) => void;
}

export interface LineChart {
  update(card: CurveCard, look: LineChartLook): void;
  moveCrosshair(x: number | null): void;
  /** The range of the x axis now. */
  range(): Range | null;
  /** All that there is to see. */
  fullRange(): Range | null;
  readonly canvas: HTMLCanvasElement;
  destroy(): void;
}

/** The y axis is this wide in every chart, so that charts one below the other have a moment at one place. */
const axisWidth = 56;

const wholeOf = (card: CurveCard, { whole }: LineChartLook): Range | null => whole ?? xRangeOf(card);

/** One canvas with lines that may have a million points each: only what a screen can show reaches Chart.js. */
export function createLineChart(frame: HTMLElement, queue: DrawQueue, events: LineChartEvents): LineChart {
  const canvas = document.createElement('canvas');
  canvas.setAttribute('aria-hidden', 'true');
  // An element of its own: moving it costs nothing, redrawing forty lines for it would.
  const crosshair = document.createElement('div');
  crosshair.className = 'crosshair';
  crosshair.hidden = true;
  frame.replaceChildren(canvas, crosshair);
  const marks: MarkSource = { card: null, theme: null };
  let look: LineChartLook | null = null;
  const chart = new Chart(canvas, {
    type: 'line',
    data: { datasets: [] },
    options: {
      animation: false,
      parsing: false,
      normalized: true,
      responsive: true,
      maintainAspectRatio: false,
      events: [],
      layout: { padding: { top: 8, right: 8 } },
      onResize: () => look && queue.soon(marks, draw),
      // Until it is drawn there is nothing to see: axes from 0 to 1 would be nobody's.
      scales: { x: { type: 'linear', display: false }, y: { type: 'linear', display: false } },
      plugins: {
        zoom: {
          zoom: {
            mode: 'x',
            drag: { enabled: true, threshold: 6 },
            onZoomComplete: ({ chart: zoomed }) => {
              const { min, max } = zoomed.scales.x!;
              events.onZoom({ from: min, to: max });
            },
          },
        },
      },
    },
    plugins: [lineMarks(marks)],
  });

  function draw(): void {
    const { card } = marks;
    if (!card || !look || !chart.canvas) return;
    const { theme } = look;
    const range = look.zoom ?? wholeOf(card, look) ?? { from: 0, to: 1 };
    // Shares and scores lie between two ends: a log axis would only crowd them.
    const hasLogScale = look.hasLogScale && card.quantity !== 'share' && card.quantity !== 'score';
    const datasets = lineDatasets(card, { ...look, hasLogScale, range, width: chart.width || 400 });
    chart.data.datasets = datasets;
    const base = scaleLook(theme);
    chart.options.scales = {
      x: {
        ...base,
        type: 'linear',
        // Vertical lines are events; a grid of them would hide those.
        grid: { display: false },
        min: range.from,
        max: range.to > range.from ? range.to : range.from + 1,
        ticks: {
          ...base.ticks,
          maxTicksLimit: chart.width < 300 ? 4 : 7,
          ...(card.axis === 'step' && { precision: 0 }),
          callback: (value, _, ticks) => axisTickText(Number(value), card.axis, spacingOf(ticks), sizeOf(ticks)),
        },
      },
      y: {
        ...base,
        type: hasLogScale ? 'logarithmic' : 'linear',
        ...yRangeOf(datasets, range, hasLogScale),
        afterFit: (scale) => {
          scale.width = Math.max(scale.width, axisWidth);
        },
        ticks: {
          ...base.ticks,
          maxTicksLimit: 6,
          includeBounds: false,
          callback: (value, index, ticks) =>
            tickText(
              Number(value),
              card.quantity,
              hasLogScale ? spacingAround(ticks, index) : spacingOf(ticks),
              sizeOf(ticks, hasLogScale),
            ),
        },
      },
    };
    const drag = chart.options.plugins?.zoom?.zoom?.drag;
    if (drag) {
      drag.backgroundColor = withAlpha(theme.accent, 0.2);
      drag.borderColor = theme.accent;
      drag.borderWidth = 1;
    }
    chart.update('none');
    // For tests and for whoever inspects the page: how much was there, how much was drawn.
    canvas.dataset.points = String(
      card.lines.reduce((sum, line) => sum + line.members.reduce((n, { x }) => n + x.length, 0), 0),
    );
    canvas.dataset.drawn = String(datasets.reduce((sum, { data }) => sum + data.length, 0));
  }

  const onMove = (event: PointerEvent) => {
    const { left, top } = canvas.getBoundingClientRect();
    const { chartArea, scales } = chart;
    const x = event.clientX - left;
    const isInside =
      x >= chartArea.left &&
      x <= chartArea.right &&
      event.clientY - top >= chartArea.top &&
      event.clientY - top <= chartArea.bottom;
    const value = scales.x?.getValueForPixel(x);
    events.onHover(isInside && value !== undefined ? value : null, { left: event.clientX, top: event.clientY });
  };
  const onLeave = () => events.onHover(null, { left: 0, top: 0 });
  const onDoubleClick = () => events.onZoom(null);
  canvas.addEventListener('pointermove', onMove);
  canvas.addEventListener('pointerleave', onLeave);
  canvas.addEventListener('dblclick', onDoubleClick);

  return {
    canvas,
    update(card, next) {
      marks.card = card;
      marks.theme = next.theme;
      look = next;
      queue.soon(marks, draw);
    },
    moveCrosshair(x) {
      const { chartArea, scales } = chart;
      const pixel = x === null ? Number.NaN : (scales.x?.getPixelForValue(x) ?? Number.NaN);
      const isInside = pixel >= chartArea?.left && pixel <= chartArea.right;
      crosshair.hidden = !isInside;
      if (!isInside) return;
      crosshair.style.setProperty('top', `${chartArea.top}px`);
      crosshair.style.setProperty('height', `${chartArea.height}px`);
      crosshair.style.setProperty('transform', `translateX(${Math.round(pixel)}px)`);
    },
    fullRange: () => marks.card && look && wholeOf(marks.card, look),
    range: () => look?.zoom ?? (marks.card && look && wholeOf(marks.card, look)),
    destroy() {
      queue.cancel(marks);
      canvas.removeEventListener('pointermove', onMove);
      canvas.removeEventListener('pointerleave', onLeave);
      canvas.removeEventListener('dblclick', onDoubleClick);
      chart.destroy();
      frame.replaceChildren();
    },
  };
}
