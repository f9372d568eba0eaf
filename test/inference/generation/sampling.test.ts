import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { candidates, type Filters } from '../../../extension/inference/generation/candidates.ts';
import { chooseToken, greedy } from '../../../extension/inference/generation/sampling.ts';

interface Golden {
  readonly logits: readonly number[];
  readonly filters: readonly (Filters & { readonly probabilities: readonly number[] })[];
  readonly there: readonly number[];
  readonly penalized: readonly number[];
}
/** What transformers' filters leave; see generate.py beside it. */
const golden = JSON.parse(readFileSync('test/golden/decoders/generate.json', 'utf8')) as Golden;
const logits = () => Float32Array.from(golden.logits);
const nothing = new Set<number>();
const first = { row: 0, step: 0 };

describe('leaves what transformers leaves', () => {
  for (const { probabilities, ...filters } of golden.filters) {
    it(JSON.stringify(filters), () => {
      const { ids, weights } = candidates(logits(), filters);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const found = golden.logits.map(() => 0);
      for (const [place, id] of ids.entries()) found[id] = weights[place]! / total;
      for (const [id, probability] of probabilities.entries()) expect(found[id], `${id}`).toBeCloseTo(probability, 6);
      expect(ids).toHaveLength(probabilities.filter((probability) => probability > 0).length);
    });
  }
});

it('penalizes tokens that are there as transformers does', () => {
  const changed = logits();
  chooseToken(changed, new Set(golden.there), { ...greedy, repetitionPenalty: 1.3 }, first);
  for (const [id, value] of golden.penalized.entries()) expect(changed[id]).toBeCloseTo(value, 5);
});

it('takes the lower id of equal logits, greedily and as the last of the likeliest', () => {
  const equal = () => Float32Array.from([1, 5, 5, 2, 5]);
  expect(chooseToken(equal(), nothing, greedy, first)).toBe(1);
  expect(candidates(equal(), { temperature: 1, topK: 2, topP: 1 }).ids).toEqual([1, 2]);
  expect(candidates(equal(), { temperature: 1, topK: 0, topP: 0.5 }).ids).toEqual([1, 2]);
});

it('draws tokens as often as they are likely, equally at equal places', () => {
  const sampling = { ...greedy, temperature: 1, seed: 9 };
  const even = () => Float32Array.from([0, Math.log(3), -100]);
  const draws = Array.from({ length: 4000 }, (_, step) => chooseToken(even(), nothing, sampling, { row: 1, step }));
  expect(draws.filter((id) => id === 1).length / draws.length).toBeCloseTo(0.75, 1);
  expect(draws).not.toContain(2);
  const again = Array.from({ length: 4000 }, (_, step) => chooseToken(even(), nothing, sampling, { row: 1, step }));
  expect(again).toEqual(draws);
});
