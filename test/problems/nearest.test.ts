import { expect, it } from 'vitest';
import { nearest } from '../../extension/problems/nearest.ts';

const names = ['ln-tuning', 'bitfit', 'lora', 'ia3', 'prefix', 'adapter', 'head-only'];

it.each([
  ['ln_tuning', 'ln-tuning'],
  ['LNTuning', 'ln-tuning'],
  ['ln-tunign', 'ln-tuning'],
  ['loar', 'lora'],
  ['bitift', 'bitfit'],
  ['adaptor', 'adapter'],
  ['headonly', 'head-only'],
  ['ia4', 'ia3'],
  ['quantum', undefined],
  ['x', undefined],
  ['', undefined],
])('%s → %s', (word, expected) => {
  expect(nearest(word, names)).toBe(expected);
});

it('prefers the closer of two', () => {
  expect(nearest('gain', ['gains', 'gain'])).toBe('gain');
});
