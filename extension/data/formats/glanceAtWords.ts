import type { WordLayout } from '../batches/wordLayout.ts';
import type { Glance } from './glance.ts';

const [lineFeed, carriageReturn, tab, space, hash, dash, tilde] = [0x0a, 0x0d, 0x09, 0x20, 0x23, 0x2d, 0x7e];
const capitalD = 0x44;

/**
 * Looks at CoNLL sentences whose columns are between tabs: every line must have its word and its tag, and only the
 * sentence's distinct tags are read, with as many words `x`. Sentences with other lines, such as `-DOCSTART-` and those that begin with `#`, are left
 * to be read as a whole.
 */
export function glanceAtWords(file: string, { width, word, tag, isTabbed }: WordLayout): Glance | undefined {
  if (width < 2 || !isTabbed || word !== 0 || tag !== width - 1) return undefined;
  return (block, start, end, line) => {
    const tags: string[] = [];
    let number = line - 1;
    let first = 0;
    for (let at = start; at < end; ) {
      number++;
      let fields = 1;
      let last = at;
      let stop = at;
      for (; stop < end && block[stop] !== lineFeed; stop++) {
        if (block[stop] !== tab) continue;
        fields++;
        last = stop + 1;
      }
      const next = stop + 1;
      if (stop > at && block[stop - 1] === carriageReturn) stop--;
      while (stop > last && block[stop - 1] === space) stop--;
      while (last < stop && block[last] === space) last++;
      if (!isBlank(block, at, stop)) {
        const byte = block[at]!;
        if (byte <= space || fields !== width || last === stop) return undefined;
        if (byte === hash || (byte === dash && block[at + 1] === capitalD)) return undefined;
        // White space beyond ASCII is no word either.
        if (byte > tilde && block.toString('utf8', at, block.indexOf(tab, at)).trim() === '') return undefined;
        first ||= number;
        addTag(tags, block, last, stop);
      }
      at = next;
    }
    return first === 0 ? undefined : { file, line: first, cells: { tokens: tags.map(() => 'x'), label: tags } };
  };
}

function isBlank(block: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (block[i]! > space) return false;
  return true;
}

function addTag(tags: string[], block: Buffer, start: number, end: number): void {
  const tag = end - start === 1 ? String.fromCharCode(block[start]!) : block.toString('utf8', start, end);
  if (!tags.includes(tag)) tags.push(tag);
}
