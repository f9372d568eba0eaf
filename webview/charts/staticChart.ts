import { Chart, type ChartConfiguration } from 'chart.js';
import { type Description, h } from '../page/dom.ts';
import type { DrawQueue } from '../page/drawQueue.ts';

/** A chart that is drawn anew when its memo changes: bars, heat maps and points of a sweep are few and change rarely. */
export interface StaticChart {
  readonly id: string;
  /** Text for screen readers; the table beside it has the numbers. */
  readonly label: string;
  readonly heightPx: number;
  readonly memo: readonly unknown[];
  readonly configuration: () => ChartConfiguration<'bar' | 'matrix'> | ChartConfiguration<'line'>;
}

export function staticChart({ id, label, heightPx, memo, configuration }: StaticChart, queue: DrawQueue): Description {
  return h('div', {
    class: 'chart static',
    attributes: { role: 'img', 'aria-label': label, 'data-chart': id },
    style: { height: `${heightPx}px` },
    memo: [heightPx, ...memo],
    hook: {
      update(element) {
        queue.soon(element, () => {
          destroyIn(element);
          const canvas = document.createElement('canvas');
          canvas.setAttribute('aria-hidden', 'true');
          element.replaceChildren(canvas);
          new Chart(canvas, configuration() as ChartConfiguration);
        });
      },
      remove(element) {
        queue.cancel(element);
        destroyIn(element);
      },
    },
  });
}

function destroyIn(element: Element): void {
  const canvas = element.querySelector('canvas');
  if (canvas) Chart.getChart(canvas)?.destroy();
}
