import path from 'node:path';
import { expect, it } from 'vitest';
import { scopeOf } from '../../../extension/host/runs/scopeOf.ts';

const placeOf = (name: string) => path.join(path.sep, name, 'runs');
const stores = ['a', 'ab'].map((name) => ({
  folders: [{ uri: name as never }] as const,
  store: { folder: placeOf(name) },
}));

it('knows whose settings hold for a run, for a sweep and for a runs folder, and for nothing that lies elsewhere', () => {
  const within = [[], ['run'], ['.sweeps', 'sweep']];
  expect(within.map((names) => scopeOf({ stores }, path.join(placeOf('ab'), ...names)))).toEqual(['ab', 'ab', 'ab']);
  expect(within.map((names) => scopeOf({ stores }, path.join(placeOf('a'), ...names)))).toEqual(['a', 'a', 'a']);
  expect(scopeOf({ stores }, `${placeOf('a')}-old`)).toBeUndefined();
});
