import { expect, it } from 'vitest';
import { defaultHeadLearningRate, methodLearningRate } from '../../../extension/methods/entries/learningRate.ts';
import { parseMethods } from '../../../extension/methods/entries/parse.ts';

const rates = (methods: unknown, hidden: number, trainingRate?: number) =>
  parseMethods(methods).methods.map((configured) => methodLearningRate(configured, { hidden }, trainingRate));

it('gives narrow models the larger rates that sweeps found', () => {
  const widths = [255, 256, 511, 512, 1023, 1024];
  expect(widths.map((hidden) => rates('lora', hidden)[0])).toEqual([1e-2, 3e-3, 3e-3, 5e-4, 5e-4, 3e-4]);
  expect([128, 384, 768].map((hidden) => rates('ln-tuning', hidden)[0])).toEqual([3e-2, 5e-3, 1e-3]);
  expect([384, 768].map((hidden) => defaultHeadLearningRate({ hidden }))).toEqual([3e-3, 1e-3]);
});

it('keeps a parallel adapter, whose scale is 4, at smaller steps than a sequential one', () => {
  expect(rates({ adapter: { at: ['ffn'] } }, 384)).toEqual([3e-3]);
  expect(rates({ adapter: { at: ['ffn'], placement: 'parallel' } }, 384)).toEqual([1e-3]);
  expect(rates('mam', 384)).toEqual([2e-2, 1e-3]);
});

it('moves a prefix that begins near nothing less far', () => {
  expect([128, 384, 768].map((hidden) => rates('prefix', hidden)[0])).toEqual([1e-1, 2e-2, 5e-3]);
  expect(rates('unified', 128)).toEqual([3e-2, 1e-2, 3e-2]);
  expect(rates('unified', 384)).toEqual([5e-3, 3e-3, 5e-3]);
});

it("takes a method's own rate before the config's, and the config's before its default", () => {
  expect(rates('ln-tuning', 384, 2e-3)).toEqual([2e-3]);
  expect(rates({ 'ln-tuning': { learning_rate: 4e-3 } }, 384, 2e-3)).toEqual([4e-3]);
});
