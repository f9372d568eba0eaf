import { Chart } from 'chart.js';
import type { DrawQueue } from '../page/drawQueue.ts';

/** Tables wider than a sheet are set smaller. */
function fitTables(isOnPaper: boolean): void {
  for (const table of document.querySelectorAll<HTMLElement>('.table-scroll > table')) {
    table.style.setProperty('zoom', '1');
    if (!isOnPaper) continue;
    table.style.setProperty('zoom', String(Math.min(1, table.parentElement!.clientWidth / table.offsetWidth)));
  }
}

/**
 * A report that is printed, or kept as PDF, has all its charts and tables in the size that they have on the sheet: a
 * browser takes the page as it stands after `beforeprint`, without a frame in between.
 */
export function drawOnPaper(queue: DrawQueue, render: () => void): void {
  const draw = ({ type }: Event): void => {
    render();
    queue.drawNow();
    for (const chart of Object.values(Chart.instances)) chart.resize();
    queue.drawNow();
    fitTables(type === 'beforeprint');
  };
  window.addEventListener('beforeprint', draw);
  window.addEventListener('afterprint', draw);
}
