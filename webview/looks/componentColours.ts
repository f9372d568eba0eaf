import { mixed, type Theme } from './theme.ts';

/** Components are no runs, so they take colours from the end of the list first. Every colour once. */
const methodColours = [8, 9, 10, 5, 6, 7, 11, 12, 4, 3, 2, 1, 0];

/**
 * Colours of components `method/part`, none twice: one hue a method, from part to part nearer to the background; the head is always
 * grey.
 */
export function componentColours(names: readonly string[], theme: Theme): readonly string[] {
  const methodOf = (name: string) => name.split('/')[0]!;
  const methods = [...new Set(names.map(methodOf))].filter((name) => name !== 'head');
  return names.map((name) => {
    if (name === 'head') return mixed(theme.background, theme.foreground, 0.35);
    const parts = names.filter((other) => methodOf(other) === methodOf(name));
    const at = parts.indexOf(name);
    const number = methods.indexOf(methodOf(name));
    const own = theme.lines[methodColours[number % methodColours.length]!]!;
    // More methods than colours: the next round is nearer to the text's colour, so that none comes twice.
    const hue = mixed(own, theme.foreground, 0.35 * Math.floor(number / methodColours.length));
    return mixed(hue, theme.background, (0.6 * at) / Math.max(1, parts.length));
  });
}
