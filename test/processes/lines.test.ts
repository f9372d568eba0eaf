import { expect, it } from 'vitest';
import { LastLines, readLines } from '../../extension/processes/lines.ts';

it('puts lines together from pieces that break anywhere, and breaks them only at line ends', () => {
  const text = 'one\r\n{"text":"zwölf\u2028dreizehn"}\n\nrest';
  for (const size of [1, 2, 5, 100]) {
    const lines: string[] = [];
    const read = readLines((line) => lines.push(line));
    const bytes = Buffer.from(text);
    for (let start = 0; start < bytes.length; start += size) read(bytes.subarray(start, start + size));
    expect(lines).toEqual(['one', '{"text":"zwölf\u2028dreizehn"}', '']);
  }
});

it('keeps the last lines, the beginning of long ones, blank ones left out, and no half letters', () => {
  const kept = new LastLines();
  const add = (text: string) => {
    const bytes = Buffer.from(text);
    const half = Math.floor(bytes.length / 2);
    for (const piece of [bytes.subarray(0, half), bytes.subarray(half)]) kept.add(piece);
  };
  add('é'.repeat(2001));
  expect(kept.lines).toEqual(['é'.repeat(1000)]);
  add('\n\n  \nlast\nunfinished');
  expect(kept.lines).toEqual(['é'.repeat(1000), 'last', 'unfinished']);
  for (let line = 0; line < 100; line++) add(`\nline ${line}`);
  expect([kept.lines.length, kept.lines[0], kept.lines.at(-1)]).toEqual([40, 'line 60', 'line 99']);
});
