import { expect, it } from 'vitest';
import { counted } from '../../extension/problems/counted.ts';

it('counts one in the singular, and separates thousands', () => {
  expect([0, 1, 2, 1000].map((number) => counted(number, 'run'))).toEqual(['0 runs', '1 run', '2 runs', '1,000 runs']);
});
