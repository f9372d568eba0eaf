import { expect, it } from 'vitest';
import { firstFew } from '../../extension/problems/firstFew.ts';

it('tells how many there are where not all are named, and cuts long ones', () => {
  expect(firstFew([], 2)).toBe('');
  expect(firstFew(['a', 'b'], 2)).toBe('a, b');
  expect(firstFew(['a', 'b', 'c'], 2)).toBe('a, b, … (3)');
  expect(firstFew(['a'.repeat(200_000)], 2)).toBe(`${'a'.repeat(57)}…`);
  expect(firstFew(['a', 'b', 'c'], 2, (text) => `<${text}>`)).toBe('<a>, <b>, … (3)');
});
