import { counted } from '../../extension/problems/counted.ts';
import { formatExact, formatQuantity, formatSpread } from '../../extension/view/figures.ts';
import { axisValueText } from '../curves/axisText.ts';
import { type CurveCard, lookIn } from '../curves/curves.ts';
import type { Range } from '../curves/range.ts';
import { type Reading, readingsAt } from '../curves/readings.ts';
import { swatch } from '../looks/swatch.ts';
import { type Description, h, patch, takeKey } from '../page/dom.ts';
import type { DrawQueue } from '../page/drawQueue.ts';
import { createLineChart, type LineChart, type LineChartLook } from './lineChart.ts';
import { type StaticChart, staticChart } from './staticChart.ts';

interface Entry {
  readonly chart: LineChart;
  card: CurveCard;
  look: LineChartLook;
}

/** The charts on the page: they share crosshair, tooltip and zoom. */
export interface ChartBoard {
  /** A frame that holds the chart; the same card and look leave it untouched. */
  frame(card: CurveCard, look: LineChartLook): Description;
  /** A chart without any of these. */
  still(chart: StaticChart): Description;
  canvasOf(chartId: string): HTMLCanvasElement | null;
}

const mostRows = 14;

function tooltipContent(entry: Entry, x: number, range: Range): readonly Description[] {
  const { card, look } = entry;
  const readings = readingsAt(card, x, range, look.smoothing);
  const hasBoth = new Set(card.lines.map((line) => line.kind)).size > 1;
  // Told is the moment of the value next to the pointer, and of every value that is of another one.
  const nearest = Math.min(...readings.map(({ at }) => Math.abs(at - x)));
  const moment = axisValueText(readings.find(({ at }) => Math.abs(at - x) === nearest)?.at ?? x, card.axis);
  const noteOf = ({ line, at }: Reading): string => {
    const own = axisValueText(at, card.axis);
    const kind = line.kind === 'evaluation' ? 'eval' : 'train';
    return [...(hasBoth ? [kind] : []), ...(own === moment ? [] : [`at ${own}`])].join(' ');
  };
  const notes = readings.slice(0, mostRows).map(noteOf);
  const rows = notes.map((note, index) => {
    const { line, value, measured, deviation } = readings[index]!;
    const isApart = index > 0 && line.judged !== readings[index - 1]!.line.judged;
    return h('tr', { key: line.key, class: isApart ? 'apart' : '' }, [
      h('td', {}, [swatch(lookIn(card, line), look.theme)]),
      h('th', { attributes: { scope: 'row', dir: 'auto' } }, [line.label]),
      h('td', { class: 'quiet' }, [note]),
      h('td', { class: 'number', attributes: { title: formatExact(measured) } }, [
        deviation === null ? formatQuantity(value, card.quantity) : formatSpread(value, deviation, card.quantity),
      ]),
    ]);
  });
  const isSmoothed = card.isSmoothed && look.smoothing > 0;
  return [
    h('div', { class: 'tooltip-head' }, [
      h('span', {}, [isSmoothed ? `${card.title}, smoothed` : card.title]),
      h('span', { class: 'quiet' }, [moment]),
    ]),
    h('table', {}, [h('tbody', {}, rows)]),
    ...(readings.length > mostRows ? [h('div', { class: 'quiet' }, [`and ${readings.length - mostRows} more`])] : []),
  ];
}

export function createChartBoard(queue: DrawQueue, onZoom: (range: Range | null) => void): ChartBoard {
  const entries = new Map<Element, Entry>();
  const tooltip = document.createElement('div');
  tooltip.className = 'tooltip';
  tooltip.hidden = true;
  tooltip.setAttribute('role', 'status');
  document.body.append(tooltip);
  let pending = 0;

  function place(left: number, top: number): void {
    const { offsetWidth: width, offsetHeight: height } = tooltip;
    const x = left + 16 + width > window.innerWidth ? left - 16 - width : left + 16;
    const y = Math.min(top + 12, window.innerHeight - height - 4);
    tooltip.style.setProperty('left', `${Math.max(4, x)}px`);
    tooltip.style.setProperty('top', `${Math.max(4, y)}px`);
  }

  function hover(source: Element, x: number | null, left: number, top: number): void {
    cancelAnimationFrame(pending);
    pending = requestAnimationFrame(() => {
      for (const { chart } of entries.values()) chart.moveCrosshair(x);
      const entry = entries.get(source);
      const range = entry?.chart.range();
      tooltip.hidden = x === null || !entry || !range || entry.card.lines.length === 0;
      if (tooltip.hidden || !entry || !range || x === null) return;
      patch(tooltip, tooltipContent(entry, x, range));
      place(left, top);
    });
  }

  /** Arrow keys read values along the chart, plus and minus zoom, Escape shows everything again. */
  function onKey(event: KeyboardEvent): void {
    const frame = event.currentTarget as Element;
    const entry = entries.get(frame);
    const range = entry?.chart.range();
    if (!entry || !range) return;
    const width = range.to - range.from;
    const at = Math.min(
      range.to,
      Math.max(range.from, Number(frame.getAttribute('data-at') ?? range.from + width / 2)),
    );
    const zoomBy = (factor: number) => {
      const full = entry.chart.fullRange() ?? range;
      const from = Math.max(full.from, at - (width * factor) / 2);
      const to = Math.min(full.to, at + (width * factor) / 2);
      onZoom(from === full.from && to === full.to ? null : { from, to });
    };
    const steps: Readonly<Record<string, number>> = { ArrowLeft: -width / 50, ArrowRight: width / 50 };
    const step = steps[event.key];
    if (step !== undefined) {
      const next = Math.min(range.to, Math.max(range.from, at + step));
      frame.setAttribute('data-at', String(next));
      const box = frame.getBoundingClientRect();
      hover(frame, next, box.left + (box.width * (next - range.from)) / width, box.top + box.height / 3);
    } else if (event.key === '+') zoomBy(0.5);
    else if (event.key === '-') zoomBy(2);
    else if (event.key === 'Escape') {
      hover(frame, null, 0, 0);
      onZoom(null);
    } else return;
    takeKey(event);
  }

  return {
    frame(card, look) {
      return h('div', {
        class: 'chart',
        attributes: {
          tabindex: 0,
          role: 'group',
          'aria-label': `${card.title}, chart of ${counted(card.lines.length, 'line')}. Arrow keys read values, plus and minus zoom, Escape resets.`,
          'data-chart': card.id,
        },
        memo: [card, look.zoom, look.whole?.from, look.whole?.to, look.smoothing, look.hasLogScale, look.theme],
        on: {
          keydown: (event) => onKey(event as KeyboardEvent),
          blur: (event) => hover(event.currentTarget as Element, null, 0, 0),
        },
        hook: {
          update(element) {
            let entry = entries.get(element);
            if (entry) {
              entry.card = card;
              entry.look = look;
            } else {
              const chart = createLineChart(element as HTMLElement, queue, {
                onZoom,
                onHover: (x, { left, top }) => hover(element, x, left, top),
              });
              entry = { chart, card, look };
              entries.set(element, entry);
            }
            entry.chart.update(card, look);
          },
          remove(element) {
            entries.get(element)?.chart.destroy();
            entries.delete(element);
            tooltip.hidden = true;
          },
        },
      });
    },
    still: (chart) => staticChart(chart, queue),
    canvasOf: (id) => document.querySelector(`[data-chart="${CSS.escape(id)}"] canvas`),
  };
}
