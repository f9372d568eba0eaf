import { faintest, mixed, type Theme } from './theme.ts';

/** Components are no runs, so they take colours from the end of the list first. Every colour once. */
const methodColours = [8, 9, 10, 5, 6, 7, 11, 12, 4, 3, 2, 1, 0];

/**
 * Colours of components `method/part`, none twice: one hue a method, its parts between the text's colour and the
 * faintest that still stands out from the background; the head is always grey.
 */
export function componentColours(names: readonly string[], theme: Theme): readonly string[] {
  const methodOf = (name: string) => name.split('/')[0]!;
  const methods = [...new Set(names.map(methodOf))].filter((name) => name !== 'head');
  return names.map((name) => {
    if (name === 'head') return faintest(theme.foreground, theme.background);
    const parts = names.filter((other) => methodOf(other) === methodOf(name));
    const at = parts.indexOf(name);
    const number = methods.indexOf(methodOf(name));
    const own = theme.lines[methodColours[number % methodColours.length]!]!;
    // More methods than colours: the next round is nearer to the text's colour, so that none comes twice.
    const hue = mixed(own, theme.foreground, 0.35 * Math.floor(number / methodColours.length));
    if (parts.length === 1) return hue;
    return mixed(mixed(hue, theme.foreground, 0.5), faintest(hue, theme.background), at / (parts.length - 1));
  });
}
