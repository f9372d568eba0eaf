import { describe, expect, it } from 'vitest';
import { resumable } from '../../../extension/host/start/resumable.ts';
import { runEntry } from '../../support/runEntry.ts';

describe('runs that wait to be resumed', () => {
  const waiting = ['a', 'b', 'c'].map((id) => runEntry({ id, state: 'stopped' }));
  const ids = (limit: number, others: ReturnType<typeof runEntry>[] = [], starting: readonly string[] = []) => {
    const busy = new Set(starting.map((id) => `/runs/${id}`));
    return resumable(waiting, [...waiting, ...others], busy, () => limit).map(({ id }) => id);
  };

  it('begin as many as may run at once, in their order', () => {
    expect(ids(1)).toEqual(['a']);
    expect(ids(2)).toEqual(['a', 'b']);
    expect(ids(9)).toEqual(['a', 'b', 'c']);
  });

  it('leave room to those that run, wait in the queue, or are just starting', () => {
    const others = [runEntry({ id: 'd', state: 'running' }), runEntry({ id: 'e', state: 'queued' })];
    expect(ids(2, others)).toEqual([]);
    expect(ids(4, others)).toEqual(['a', 'b']);
    const begun = runEntry({ id: 'f', state: 'stopped' });
    expect(ids(4, [...others, begun], ['f'])).toEqual(['a']);
    // One that runs already counts once.
    expect(ids(4, others, ['d'])).toEqual(['a', 'b']);
  });

  it('have the room of their own runs folder alone', () => {
    const elsewhere = { ...runEntry({ id: 'd', state: 'running' }), folder: '/other/d' };
    const folders: string[] = [];
    const limitOf = (folder: string): number => {
      folders.push(folder);
      return 1;
    };
    expect(resumable(waiting, [...waiting, elsewhere], new Set(), limitOf).map(({ id }) => id)).toEqual(['a']);
    expect(new Set(folders)).toEqual(new Set(['/runs']));
  });
});
