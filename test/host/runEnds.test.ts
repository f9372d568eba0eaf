import { describe, expect, it } from 'vitest';
import type { RunState } from '../../extension/contract/run.ts';
import { RunEnds } from '../../extension/host/runEnds.ts';
import type { RunEntry } from '../../extension/runs/folder/runEntry.ts';
import { runEntry } from '../support/runEntry.ts';

/** A window with runs of configs; `end` lets some of them end at once. */
function window(configs: Readonly<Record<string, string | null>>, isDriven = () => false) {
  const runs = new Map<string, RunEntry>();
  const set = (id: string, state: RunState): RunEntry => {
    const run = runEntry({ id, state, record: { id, configPath: configs[id]! } });
    runs.set(id, run);
    return run;
  };
  for (const id of Object.keys(configs)) set(id, 'queued');
  const ends = new RunEnds();
  return (changes: Readonly<Record<string, RunState>>): string[] => {
    const changed = Object.entries(changes).map(([id, state]) => {
      const before = runs.get(id);
      return { folder: id, before, after: set(id, state) };
    });
    const sweep = { isDriven: isDriven(), runs: new Map([...runs.values()].entries()) };
    return ends.after(changed, [...runs.values()], [sweep]).map((told) => told.map(({ id }) => id).join(' '));
  };
}

describe('ends of runs', () => {
  it('reports ends of one config together, when none of its runs is left', () => {
    const end = window({ a: 'sweep', b: 'sweep', c: 'sweep' });
    expect(end({ a: 'running' })).toEqual([]);
    expect(end({ a: 'finished', b: 'running' })).toEqual([]);
    expect(end({ b: 'finished', c: 'running' })).toEqual([]);
    expect(end({ c: 'finished' })).toEqual(['a b c']);
  });

  it('reports ends of other configs, and of runs without a file, at once', () => {
    const end = window({ a: 'one', b: 'two', c: null, d: null });
    expect(end({ a: 'finished' })).toEqual(['a']);
    expect(end({ c: 'finished', d: 'running' })).toEqual(['c']);
  });

  it('are told at once for the first failure, and for later ones with the rest', () => {
    const end = window({ a: 'sweep', b: 'sweep', c: 'sweep' });
    expect(end({ a: 'failed' })).toEqual(['a']);
    expect(end({ b: 'died' })).toEqual([]);
    expect(end({ c: 'finished' })).toEqual(['b c']);
    expect(end({ a: 'running' })).toEqual([]);
    expect(end({ a: 'failed' })).toEqual(['a']);
  });

  it('are no news for runs that a person stopped, nor for those that had ended before', () => {
    const end = window({ a: 'one', b: 'one' });
    expect(end({ a: 'stopped' })).toEqual([]);
    expect(end({ b: 'finished' })).toEqual(['b']);
    expect(end({ b: 'failed' })).toEqual([]);
  });

  it('are held while a sweep is driven, though none of its runs is under way', () => {
    let isDriven = true;
    const end = window({ a: 'config' }, () => isDriven);
    expect(end({ a: 'finished' })).toEqual([]);
    expect(end({})).toEqual([]);
    isDriven = false;
    expect(end({})).toEqual(['a']);
  });

  it('are told when the last run of their config is stopped or deleted', () => {
    const end = window({ a: 'sweep', b: 'sweep' });
    expect(end({ a: 'finished' })).toEqual([]);
    expect(end({ b: 'stopped' })).toEqual(['a']);
  });

  it('are told once of a sweep over several configs, and apart from a run of one of them', () => {
    const sweep = { id: 'sweep', index: 0, stage: 'results', arm: 'lora', experiment: 'a' } as const;
    const of = (id: string, state: RunState, record: object): RunEntry =>
      runEntry({ id, state, record: { id, configPath: id, sweep, ...record } });
    const change = (id: string, record: object = {}) => {
      return { folder: id, before: of(id, 'running', record), after: of(id, 'finished', record) };
    };
    const alone = change('c', { configPath: 'a', sweep: undefined });
    const told = new RunEnds().after([change('a'), change('b'), alone], [], []);
    expect(told.map((runs) => runs.map(({ id }) => id))).toEqual([['a', 'b'], ['c']]);
  });
});
