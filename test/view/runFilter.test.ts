import { describe, expect, it } from 'vitest';
import { filterOf } from '../../extension/view/runFilter.ts';
import { runEntry } from '../support/runEntry.ts';

describe('a filter', () => {
  const tagged = runEntry({ notes: { tags: ['Paper', 'v2'], note: 'after the review' }, record: { seed: 7 } });

  it('finds runs that hold every word, in any case, wherever it stands', () => {
    for (const filter of ['', '  ', 'sst2', 'SST2 ln-tun', 'paper review', 'org/']) {
      expect(filterOf(filter)(tagged), filter).toBe(filter !== 'org/');
    }
  });

  it('looks in one place where it names one', () => {
    expect(filterOf('tag:paper')(tagged)).toBe(true);
    expect(filterOf('tag:review')(tagged)).toBe(false);
    expect(filterOf('state:fin seed:7 method:ln')(tagged)).toBe(true);
    expect(filterOf('state:running')(tagged)).toBe(false);
    expect([filterOf('s7')(tagged), filterOf('s8')(tagged)]).toEqual([true, false]);
  });

  it('takes words with colons that name no place as words', () => {
    expect(filterOf('constructor:x')(tagged)).toBe(false);
    expect(filterOf('c:\\data')(runEntry({ notes: { note: 'lies in C:\\data' } }))).toBe(true);
  });
});
