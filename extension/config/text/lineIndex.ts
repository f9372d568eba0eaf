import type { Position, TextRange } from './diagnostic.ts';

/** Converts offsets of a text to lines and columns. */
export interface LineIndex {
  position(offset: number): Position;
  range(start: number, end: number): TextRange;
  /** Offset of the first character of a line, counted from 1. */
  lineStart(line: number): number;
}

/** Lines end at `\n`; a `\r` before it belongs to the line. */
export function lineIndex(text: string): LineIndex {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const position = (offset: number): Position => {
    const clamped = Math.max(0, Math.min(offset, text.length));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= clamped) low = middle;
      else high = middle - 1;
    }
    return { offset: clamped, line: low + 1, column: clamped - starts[low]! + 1 };
  };
  return {
    position,
    range: (start, end) => ({ start: position(start), end: position(Math.max(start, end)) }),
    lineStart: (line) => starts[line - 1] ?? text.length,
  };
}
