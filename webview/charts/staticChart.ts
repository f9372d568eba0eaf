import { Chart, type ChartConfiguration } from 'chart.js';
import { type Description, h } from '../dom.ts';
import { cancelDraw, drawSoon } from '../drawQueue.ts';

const canvases = new Map<string, HTMLCanvasElement>();

export function staticCanvasOf(id: string): HTMLCanvasElement | null {
  return canvases.get(id) ?? null;
}

/** A chart that is drawn anew when its memo changes: bars and heat maps are small and change rarely. */
export function staticChart(options: {
  readonly id: string;
  /** What a screen reader says instead of the picture; the table beside it has the numbers. */
  readonly label: string;
  readonly heightPx: number;
  readonly memo: readonly unknown[];
  readonly configuration: () => ChartConfiguration<'bar' | 'matrix'>;
}): Description {
  return h('div', {
    class: 'chart static',
    attributes: { role: 'img', 'aria-label': options.label, 'data-chart': options.id },
    style: { height: `${options.heightPx}px` },
    memo: [options.heightPx, ...options.memo],
    hook: {
      update(element) {
        drawSoon(element, () => {
          canvases.get(options.id)?.remove();
          const canvas = document.createElement('canvas');
          canvas.setAttribute('aria-hidden', 'true');
          const before = element.querySelector('canvas');
          if (before) Chart.getChart(before)?.destroy();
          element.replaceChildren(canvas);
          canvases.set(options.id, canvas);
          new Chart(canvas, options.configuration() as ChartConfiguration);
        });
      },
      remove(element) {
        cancelDraw(element);
        const canvas = element.querySelector('canvas');
        if (canvas) Chart.getChart(canvas)?.destroy();
        canvases.delete(options.id);
      },
    },
  });
}
