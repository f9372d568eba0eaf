import { shortName } from './showValue.ts';

/** The first of a list as messages show it, and how many there are where those are not all: `a, b, … (40)`. */
export function firstFew(texts: readonly string[], most: number, show: (text: string) => string = shortName): string {
  const shown = texts.slice(0, most).map(show).join(', ');
  return texts.length > most ? `${shown}, … (${texts.length})` : shown;
}
