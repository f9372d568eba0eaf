import { describe, expect, it } from 'vitest';
import { candidatesOf } from '../../../extension/host/chat/candidates.ts';
import { runEntry } from '../../support/runEntry.ts';

describe('models that can be chosen for a chat', () => {
  const tuned = (id: string, rate: number, seed: number) =>
    runEntry({ id, record: { seed, config: { training: { learning_rate: rate } } } });

  it('tells runs of one title apart by what differs', () => {
    const { runs, bases } = candidatesOf([tuned('a', 0.001, 1), tuned('b', 0.003, 1)]);
    expect(new Set(runs.map(({ title }) => title)).size).toBe(1);
    expect(runs.map(({ detail }) => detail)).toEqual(['tuned, seed 1 · lr 1e-3', 'tuned, seed 1 · lr 3e-3']);
    expect(bases).toHaveLength(1);
  });

  it('says the seed of each once', () => {
    const { runs } = candidatesOf([tuned('a', 0.001, 1), tuned('b', 0.001, 2)]);
    expect(runs.map(({ detail }) => detail)).toEqual(['tuned, seed 1', 'tuned, seed 2']);
    expect(candidatesOf([tuned('a', 0.001, 1)]).runs[0]!.detail).toBe('tuned, seed 1');
  });
});
