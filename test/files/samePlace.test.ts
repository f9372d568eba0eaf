import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isSamePlace } from '../../extension/files/samePlace.ts';

describe('two paths', () => {
  it('name one place however they are written, and two where they differ', () => {
    const file = path.resolve('configs', 'a.sweep.yaml');
    expect(isSamePlace(file, path.join('configs', '.', 'a.sweep.yaml'))).toBe(true);
    expect(isSamePlace(path.resolve('configs'), `configs${path.sep}`)).toBe(true);
    expect(isSamePlace(file, path.resolve('configs', 'b.sweep.yaml'))).toBe(false);
    expect(isSamePlace(file, path.resolve('configs'))).toBe(false);
  });

  it.runIf(process.platform === 'win32')('name one place whichever way the letter of a drive is written', () => {
    expect(isSamePlace('C:\\Lab\\a.sweep.yaml', 'c:\\lab\\a.sweep.yaml')).toBe(true);
  });
});
