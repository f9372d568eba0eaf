import { expect, it } from 'vitest';
import { Int64Writer } from '../../extension/numbers/int64.ts';

it('writes whole numbers of either sign over a fill of either sign', () => {
  const values = [0, 1, -1, -100, 2 ** 31 - 1, -(2 ** 31)];
  for (const fill of [0, 9, -100]) {
    const writer = new Int64Writer(values.length + 1, fill);
    for (const [i, value] of values.entries()) writer.set(i, value);
    expect([...writer.data]).toEqual([...values, fill].map(BigInt));
  }
});
