/** Red, green and blue, 0 … 255, and how opaque, 0 … 1. */
export interface Colour {
  readonly rgb: readonly [number, number, number];
  readonly alpha: number;
}

export type Rgb = Colour['rgb'];

/** `#rgb`, `#rrggbb`, `#rrggbbaa`, `rgb(…)`, `rgba(…)`, `transparent`: what the editor gives its pages; null for anything else. */
export function parseColour(text: string): Colour | null {
  if (text.trim() === 'transparent') return { rgb: [0, 0, 0], alpha: 0 };
  const digits = /^#([\da-f]{3,4}|[\da-f]{6}|[\da-f]{8})$/i.exec(text.trim())?.[1];
  if (digits !== undefined) {
    const whole = digits.length < 6 ? [...digits].map((digit) => digit + digit).join('') : digits;
    const [r, g, b, a = 255] = [...whole.matchAll(/../g)].map(([pair]) => Number.parseInt(pair, 16));
    return { rgb: [r!, g!, b!], alpha: a / 255 };
  }
  const numbers = /^rgba?\(([^)]*)\)$/i
    .exec(text.trim())?.[1]
    ?.split(/[\s,/]+/)
    .filter(Boolean);
  if (!numbers || numbers.length < 3) return null;
  const [r, g, b, a = 1] = numbers.map((part) => Number.parseFloat(part) / (part.endsWith('%') ? 100 : 1));
  return [r, g, b, a].every(Number.isFinite) ? { rgb: [r!, g!, b!], alpha: a } : null;
}

export const rgbText = ([r, g, b]: Rgb): string => `rgb(${r}, ${g}, ${b})`;

/** Opaque, `share` of the way from the first to the second. */
export const between = (from: Rgb, to: Rgb, share: number): Rgb =>
  [0, 1, 2].map((i) => Math.round(from[i]! + share * (to[i]! - from[i]!))) as unknown as Rgb;

/** Relative luminance, 0 … 1. @see WCAG 2.2 */
function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((channel) => {
    const c = channel / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

/** 1 … 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

/** What has to be seen of a graphic, and what has to be read of a text. @see WCAG 2.2, 1.4.11 and 1.4.3 */
export const leastContrast = { mark: 3, text: 4.5 } as const;

const black: Rgb = [0, 0, 0];
const white: Rgb = [255, 255, 255];

/** What is seen of a colour that lies on an opaque one. */
export const flattened = ({ rgb, alpha }: Colour, background: Rgb): Rgb => between(background, rgb, alpha);

/**
 * The hue, as far from the grounds that it is seen on as its use needs: as little nearer to black or white as that takes.
 */
export function standingOut(rgb: Rgb, grounds: readonly Rgb[], least: number = leastContrast.mark): Rgb {
  const lowest = (colour: Rgb): number => Math.min(...grounds.map((ground) => contrast(colour, ground)));
  const end = lowest(white) > lowest(black) ? white : black;
  for (let share = 0; share < 1; share += 0.05) {
    const candidate = between(rgb, end, share);
    if (lowest(candidate) >= least) return candidate;
  }
  return end;
}
