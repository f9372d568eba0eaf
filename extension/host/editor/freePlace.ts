import { existsSync } from 'node:fs';
import path from 'node:path';

/** A place where nothing lies: `stem`, else `stem-2`, `stem-3` …, each with the ending. @param first of the numbers tried */
export function freePlace(folder: string, stem: string, ending = '', first = 1): string {
  for (let number = first; ; number++) {
    const place = path.join(folder, `${stem}${number === 1 ? '' : `-${number}`}${ending}`);
    if (!existsSync(place)) return place;
  }
}
