import { describe, expect, it } from 'vitest';
import { formatPath } from '../../extension/problems/finding.ts';
import { showNumber, showValue } from '../../extension/problems/showValue.ts';

describe('printing', () => {
  it('prints paths', () => {
    expect(formatPath(['methods', 1, 'prefix', 'length'])).toBe('methods[1].prefix.length');
    expect(formatPath([])).toBe('');
  });

  it.each([
    [null, 'nothing'],
    [undefined, 'nothing'],
    [[1, 'a'], '[1,"a"]'],
    [[{}], 'a list'],
    [Array<number>(30).fill(1), 'a list'],
    [{}, 'a mapping'],
    ['a"b', '"a\\"b"'],
    ['x'.repeat(100), `"${'x'.repeat(56)}…"`],
    [1e-5, '1e-5'],
    [true, 'true'],
  ])('shows %j as %s', (value, text) => {
    expect(showValue(value)).toBe(text);
  });

  it.each([
    [0.001, '0.001'],
    [5e-4, '5e-4'],
    [2.5e-10, '2.5e-10'],
    [0, '0'],
    [3, '3'],
  ])('writes %f as configs do: %s', (value, text) => {
    expect(showNumber(value)).toBe(text);
  });
});
