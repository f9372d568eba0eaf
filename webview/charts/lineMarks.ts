import type { Chart, Plugin } from 'chart.js';
import { type CurveCard, isFlagged } from '../curves/curves.ts';
import { lineLook } from '../looks/palette.ts';
import type { Theme } from '../looks/theme.ts';

export interface MarkSource {
  card: CurveCard | null;
  theme: Theme | null;
}

function vertical(chart: Chart, x: number, colour: string, dash: readonly number[]): void {
  const { ctx, chartArea } = chart;
  const pixel = Math.round(chart.scales.x!.getPixelForValue(x)) + 0.5;
  if (pixel < chartArea.left || pixel > chartArea.right + 1) return;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1;
  ctx.setLineDash([...dash]);
  ctx.beginPath();
  ctx.moveTo(pixel, chartArea.top);
  ctx.lineTo(pixel, chartArea.bottom);
  ctx.stroke();
  ctx.restore();
}

/** A small flag planted on the evaluation of the kept weights, outlined so that it stands off its own line. */
function flag(chart: Chart, kept: { x: number; y: number }, colour: string, theme: Theme, isNamed: boolean): void {
  const { background } = theme;
  const { ctx, chartArea, scales } = chart;
  const x = scales.x!.getPixelForValue(kept.x);
  const y = scales.y!.getPixelForValue(kept.y);
  if (!(x >= chartArea.left - 1 && x <= chartArea.right + 1 && y >= chartArea.top - 1 && y <= chartArea.bottom + 1))
    return;
  // Near the right edge the cloth flies to the left, near the top the pole hangs down.
  const side = x + (isNamed ? 40 : 10) > chartArea.right ? -1 : 1;
  const up = y - 16 < chartArea.top ? 1 : -1;
  ctx.save();
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x, y + up * 15);
  ctx.lineTo(x + side * 9, y + up * 11.5);
  ctx.lineTo(x, y + up * 8);
  ctx.lineJoin = 'round';
  ctx.strokeStyle = background;
  ctx.lineWidth = 3.5;
  ctx.stroke();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = 1.5;
  ctx.fill();
  ctx.stroke();
  if (isNamed) {
    ctx.font = `${theme.fontSize - 2}px ${theme.fontFamily}`;
    ctx.textAlign = side === 1 ? 'left' : 'right';
    ctx.textBaseline = 'middle';
    ctx.fillStyle = theme.foreground;
    ctx.strokeStyle = background;
    ctx.lineWidth = 3;
    ctx.strokeText('kept', x + side * 12, y + up * 11.5);
    ctx.fillText('kept', x + side * 12, y + up * 11.5);
  }
  ctx.restore();
}

/** More flags than this say what they mean in the legend alone. */
const mostNamedFlags = 3;

/** Draws what is no series: resumes and checkpoints behind the lines, flags on the kept weights before them. */
export function lineMarks(source: MarkSource): Plugin<'line'> {
  return {
    id: 'lineMarks',
    beforeDatasetsDraw(chart) {
      const { card, theme } = source;
      if (!card || !theme || !chart.scales.x) return;
      for (const mark of card.marks) {
        const isResume = mark.kind === 'resumed';
        const colour = theme.lines[lineLook(mark.slot).colourIndex]!;
        vertical(chart, mark.x, colour, isResume ? [5, 3] : [1, 3]);
      }
    },
    afterDatasetsDraw(chart) {
      const { card, theme } = source;
      if (!card || !theme || !chart.scales.x) return;
      const flagged = card.lines.filter(isFlagged);
      for (const { slot, kept } of flagged)
        flag(chart, kept!, theme.lines[lineLook(slot).colourIndex]!, theme, flagged.length <= mostNamedFlags);
    },
  };
}
