import type { CurveCard, CurveLine } from './curves.ts';

/** Where the values at a line's end stopped being numbers. */
interface Divergence {
  readonly x: number;
  readonly text: 'NaN' | 'infinite';
}

function divergenceOf({ x, y }: CurveLine['members'][number]): Divergence | null {
  const last = y.length - 1;
  if (last < 0 || Number.isFinite(y[last])) return null;
  let first = last;
  while (first > 0 && !Number.isFinite(y[first - 1])) first -= 1;
  return { x: x[first]!, text: Number.isNaN(y[last]) ? 'NaN' : 'infinite' };
}

/** Of each run or group of seeds that diverged where it first did, which a line can only show by ending: `lora: NaN from step 50`. */
export function divergedTexts({ lines, axis }: CurveCard): readonly string[] {
  const texts = new Map<string, string>();
  for (const { group, label, members } of lines) {
    const found = members.flatMap((points) => divergenceOf(points) ?? []);
    if (found.length === 0 || texts.has(group)) continue;
    const what = found.find(({ text }) => text === 'NaN')?.text ?? 'infinite';
    const where = axis === 'step' ? `from step ${Math.min(...found.map(({ x }) => x))}` : 'at its end';
    const some = found.length < members.length ? ` (${found.length} of ${members.length} seeds)` : '';
    texts.set(group, `${label}: ${what} ${where}${some}`);
  }
  return [...texts.values()];
}
