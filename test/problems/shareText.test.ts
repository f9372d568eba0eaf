import { expect, it } from 'vitest';
import { shareText } from '../../extension/problems/shareText.ts';

it('writes a share with as many digits as people read', () => {
  const shares = [
    [0, 5],
    [1, 2000],
    [1, 24],
    [1, 3],
    [4, 4],
  ].map(([part, whole]) => shareText(part!, whole!));
  expect(shares).toEqual(['0.0 %', '< 0.1 %', '4.2 %', '33 %', '100 %']);
});
