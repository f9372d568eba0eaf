import { describe, expect, it } from 'vitest';
import { labelCell, listCell, numberCell, type Row, textCell } from '../../../extension/tasks/rows/row.ts';

const row = (cells: Record<string, unknown>): Row => ({ file: 'a.jsonl', line: 7, cells });
const skip = ', or set data.on_bad_row: skip';

describe('cells', () => {
  it('read text from text, numbers and truth values', () => {
    expect(textCell(row({ a: ' x ' }), 'a')).toBe(' x ');
    expect([1.5, 7n, true].map((a) => textCell(row({ a }), 'a'))).toEqual(['1.5', '7', 'true']);
  });

  it('read one label from 1, 1n and " 1"', () => {
    expect([1, 1n, ' 1'].map((a) => labelCell(row({ a }), 'a'))).toEqual(['1', '1', '1']);
  });

  it.each(['3', '-1.5', '+.5', '2.', '1e-3', '6.02E23', ' 4 ', 4, 4n])('read the number %s', (a) => {
    expect(numberCell(row({ a }), 'a')).toBe(Number(a));
  });

  it.each(['0x10', '1_000', '5 stars', 'nan', 'Infinity', '--1', '.', true])('refuse %s as one', (a) => {
    expect(() => numberCell(row({ a }), 'a')).toThrow(
      `a.jsonl:7: \`a\` must be a number, got "${a}"; write it like 3.5 or -1e-3${skip}`,
    );
  });

  it.each([
    ['1,5', 'must be a number, got "1,5"; write a point for the decimal comma'],
    ['1e999', 'must be within ±3.4e38, got "1e999"; write it in a larger unit'],
    ['-1e39', 'must be within ±3.4e38, got "-1e39"; write it in a larger unit'],
  ])('refuse %s as one, with its own cure', (a, rule) => {
    expect(() => numberCell(row({ a }), 'a')).toThrow(`a.jsonl:7: \`a\` ${rule}${skip}`);
  });

  it('read lists, and text with spaces as one', () => {
    expect(listCell(row({ a: ['x', 1, 2n] }), 'a')).toEqual(['x', '1', '2']);
    expect(listCell(row({ a: ' x  y ' }), 'a')).toEqual(['x', 'y']);
    expect(listCell(row({ a: ' ' }), 'a')).toEqual([]);
    expect(listCell(row({ a: "['x', 'y']" }), 'a')).toEqual(['x', 'y']);
    expect(listCell(row({ a: '[0, 1]' }), 'a')).toEqual(['0', '1']);
    expect(listCell(row({ a: '[ x ]' }), 'a')).toEqual(['[', 'x', ']']);
  });

  it.each<[() => unknown, string]>([
    [() => textCell(row({ b: 1, c: 2 }), 'a'), 'the column `a` is missing (found: b, c); add it'],
    [
      () => textCell(row({ ['x'.repeat(200_000)]: 1 }), 'a'),
      `the column \`a\` is missing (found: ${'x'.repeat(57)}…); add it`,
    ],
    [() => textCell(row({ a: null }), 'a'), '`a` must have a value, got null; fill it in'],
    [() => labelCell(row({ a: Number.NaN }), 'a'), '`a` must have a value, got NaN; fill it in'],
    [
      () => labelCell(row({ a: Number.POSITIVE_INFINITY }), 'a'),
      '`a` must be a number below 1.8e308, got Infinity; write it as text',
    ],
    [
      () => labelCell(row({ a: [1, 0] }), 'a'),
      'the label `a` must be one, several labels a row are not supported, got [1,0]; keep one label a row',
    ],
    [
      () => labelCell(row({ a: "['x', 'y']" }), 'a'),
      `the label \`a\` must be one, several labels a row are not supported, got "['x', 'y']"; keep one label a row`,
    ],
    [
      () => listCell(row({ a: "['x', None]" }), 'a'),
      `\`a\` must be a whole list, got "['x', None]"; write it as JSON, or as words with spaces between them`,
    ],
    [() => listCell(row({ a: ['x', Number.NaN] }), 'a'), 'item 2 of `a` must be text, got NaN; write it as text'],
    [() => textCell(row({}), 'constructor'), 'the column `constructor` is missing (found: nothing); add it'],
    [() => textCell(row({ a: '  ' }), 'a'), '`a` must not be empty; fill it in'],
    [() => textCell(row({ a: ['x'] }), 'a'), '`a` must be text, got ["x"]; write it as text'],
    [() => labelCell(row({ a: '' }), 'a'), 'the label `a` must not be empty; fill it in'],
    [() => listCell(row({ a: { x: 1 } }), 'a'), '`a` must be a list, got {"x":1}; write a list of words'],
    [() => listCell(row({ a: ['x', null] }), 'a'), 'item 2 of `a` must be text, got null; write it as text'],
  ])('refuse what is missing or of the wrong kind (%#)', (read, message) => {
    expect(read).toThrow(`a.jsonl:7: ${message}${skip}`);
  });

  it('name rows of Parquet as rows, and cut long values', () => {
    const place = { file: 'a.parquet', line: 7, unit: 'row' as const, cells: { a: 'y'.repeat(99) } };
    expect(() => numberCell(place, 'a')).toThrow(`a.parquet: row 7: \`a\` must be a number, got "${'y'.repeat(56)}…;`);
  });
});
