import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runPlaces } from '../../../extension/host/runs/runPlaces.ts';

describe('where the runs of workspace folders lie', () => {
  const places = (setting: string) =>
    runPlaces(['one', 'two', 'three'], (folder) => path.resolve(folder, setting)).map(({ place, folders }) => [
      path.relative('.', place),
      folders,
    ]);

  it('is a place for each where the setting names one inside it', () => {
    expect(places('runs')).toEqual([
      [path.join('one', 'runs'), ['one']],
      [path.join('two', 'runs'), ['two']],
      [path.join('three', 'runs'), ['three']],
    ]);
  });

  it('is one place, listed once, where the setting is an absolute path', () => {
    expect(places(path.resolve('shared'))).toEqual([['shared', ['one', 'two', 'three']]]);
  });
});
