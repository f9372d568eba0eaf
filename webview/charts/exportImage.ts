import type { Theme } from '../looks/theme.ts';

/** `Train loss / eval` → `train-loss-eval`: safe in every file system. */
export function fileNameOf(title: string): string {
  const name = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80);
  return name || 'chart';
}

async function bytesOf(canvas: HTMLCanvasElement): Promise<Uint8Array<ArrayBuffer>> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!blob)
    throw new Error(
      `PNG export: the browser could not encode ${canvas.width} × ${canvas.height} pixels; make the chart smaller`,
    );
  return new Uint8Array(await blob.arrayBuffer());
}

/** A name below the chart, with its line. */
export interface LegendName {
  readonly label: string;
  readonly colour: string;
  readonly dash: readonly number[];
}

/** The chart on its theme's background, with its title and what explains it above, and its lines' names below. */
export function pngOf(
  canvas: HTMLCanvasElement,
  title: string,
  note: string,
  legend: readonly LegendName[],
  theme: Theme,
): Promise<Uint8Array<ArrayBuffer>> {
  const scale = canvas.width / Math.max(1, canvas.clientWidth);
  const width = canvas.clientWidth + 24;
  const columns = Math.max(1, Math.floor(width / 220));
  const legendRows = Math.ceil(legend.length / columns);
  const picture = document.createElement('canvas');
  picture.width = Math.round(width * scale);
  picture.height = Math.round((canvas.clientHeight + 64 + legendRows * 18) * scale);
  const context = picture.getContext('2d')!;
  context.scale(scale, scale);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, picture.width, picture.height);
  context.fillStyle = theme.foreground;
  context.font = `600 ${theme.fontSize}px ${theme.fontFamily}`;
  context.textBaseline = 'middle';
  context.fillText(title, 12, 18, width - 24);
  context.font = `${theme.fontSize - 1}px ${theme.fontFamily}`;
  context.fillStyle = theme.muted;
  context.fillText(note, 12, 36, width - 24);
  context.drawImage(canvas, 12, 48, canvas.clientWidth, canvas.clientHeight);
  context.fillStyle = theme.foreground;
  for (const [index, { label, colour, dash }] of legend.entries()) {
    const x = 12 + (index % columns) * 220;
    const y = canvas.clientHeight + 62 + Math.floor(index / columns) * 18;
    context.strokeStyle = colour;
    context.lineWidth = 1.5;
    context.setLineDash([...dash]);
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + 24, y);
    context.stroke();
    context.fillText(label, x + 30, y, 180);
  }
  return bytesOf(picture);
}
