import type { LineLook } from '../looks/palette.ts';
import { outlines, swatchWidth } from '../looks/swatch.ts';
import { type Theme, withAlpha } from '../looks/theme.ts';

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

/** A name below the chart, with a line's dashes and marker, a block of colour, or a ramp from nothing to the colour. */
export interface LegendName {
  readonly label: string;
  readonly colour: string;
  readonly sign: LineLook | 'block' | 'ramp';
}

interface Picture {
  readonly title: string;
  /** What explains the title. */
  readonly note: string;
  readonly legend: readonly LegendName[];
  /** What else the page says below the chart. */
  readonly words: readonly string[];
}

const marginPx = 12;
const rowPx = 18;
const columnPx = 220;
/** From a sign's beginning to its name. */
const signPx = swatchWidth + 6;

/** As much of a text as has room, with an ellipsis for the rest. */
function fitting(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let kept = text.length;
  while (kept > 0 && context.measureText(`${text.slice(0, kept)}…`).width > room) kept -= 1;
  return `${text.slice(0, kept)}…`;
}

/** A text in the rows that it needs. */
function wrapped(context: CanvasRenderingContext2D, text: string, room: number): readonly string[] {
  const rows: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${rows.at(-1)} ${word}`;
    if (rows.length > 0 && context.measureText(longer).width <= room) rows[rows.length - 1] = longer;
    else if (word !== '') rows.push(fitting(context, word, room));
  }
  return rows;
}

/** Column and row of each name: one that is longer than a column takes several. */
function placed(context: CanvasRenderingContext2D, legend: readonly LegendName[], room: number) {
  const columns = Math.max(1, Math.floor(room / columnPx));
  let next = 0;
  return legend.map((name) => {
    const wanted = Math.ceil((signPx + context.measureText(name.label).width + 16) / columnPx);
    const taken = Math.min(columns, wanted);
    if ((next % columns) + taken > columns) next += columns - (next % columns);
    const at = { name, x: (next % columns) * columnPx, row: Math.floor(next / columns) };
    next += taken;
    return { ...at, room: (taken === columns ? room : taken * columnPx - 16) - signPx };
  });
}

function drawSign(context: CanvasRenderingContext2D, { colour, sign }: LegendName, x: number, y: number): void {
  context.save();
  context.translate(x, y);
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1.5;
  if (sign === 'block') context.fillRect(swatchWidth - 10, -5, 10, 10);
  else if (sign === 'ramp') {
    const ramp = context.createLinearGradient(0, 0, swatchWidth, 0);
    ramp.addColorStop(0, withAlpha(colour, 0));
    ramp.addColorStop(1, colour);
    context.fillStyle = ramp;
    context.fillRect(0, -5, swatchWidth, 10);
  } else {
    context.setLineDash([...sign.dash]);
    context.beginPath();
    context.moveTo(0, 0);
    context.lineTo(swatchWidth, 0);
    context.stroke();
    context.setLineDash([]);
    context.translate(swatchWidth / 2, 0);
    const marker = new Path2D(outlines[sign.marker]);
    context.fill(marker);
    context.stroke(marker);
  }
  context.restore();
}

/** The chart on its theme's background, with its title and what explains it above, its names and what else is said below. */
export function pngOf(
  canvas: HTMLCanvasElement,
  { title, note, legend, words }: Picture,
  theme: Theme,
): Promise<Uint8Array<ArrayBuffer>> {
  const scale = canvas.width / Math.max(1, canvas.clientWidth);
  const room = canvas.clientWidth;
  const picture = document.createElement('canvas');
  const context = picture.getContext('2d')!;
  const small = `${theme.fontSize - 1}px ${theme.fontFamily}`;
  context.font = small;
  const names = placed(context, legend, room);
  const rows = wrapped(context, words.join('   '), room);
  const legendTop = canvas.clientHeight + 62;
  const wordsTop = legendTop + (names.length > 0 ? names.at(-1)!.row + 1 : 0) * rowPx;
  picture.width = Math.round((room + 2 * marginPx) * scale);
  picture.height = Math.round((wordsTop + rows.length * rowPx + 2) * scale);
  context.scale(scale, scale);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, picture.width, picture.height);
  context.fillStyle = theme.foreground;
  context.font = `600 ${theme.fontSize}px ${theme.fontFamily}`;
  context.textBaseline = 'middle';
  context.fillText(fitting(context, title, room), marginPx, 18);
  context.font = small;
  context.fillStyle = theme.muted;
  context.fillText(fitting(context, note, room), marginPx, 36);
  for (const [index, row] of rows.entries()) context.fillText(row, marginPx, wordsTop + index * rowPx);
  context.drawImage(canvas, marginPx, 48, canvas.clientWidth, canvas.clientHeight);
  context.fillStyle = theme.foreground;
  for (const { name, x, row, room } of names) {
    const y = legendTop + row * rowPx;
    drawSign(context, name, marginPx + x, y);
    context.fillText(fitting(context, name.label, room), marginPx + x + signPx, y);
  }
  return bytesOf(picture);
}
