import { describe, expect, it } from 'vitest';
import { labelMap } from '../../../extension/tasks/rows/labels.ts';

describe('labelMap', () => {
  it('sorts names by code unit, each once', () => {
    expect(labelMap('f', ['pos', 'neg', 'Neutral', 'pos', 'B-x', 'O'])).toEqual(['B-x', 'Neutral', 'O', 'neg', 'pos']);
  });

  it('sorts numbers as numbers', () => {
    expect(labelMap('f', ['10', '9', '-1', '2.5', '+3'])).toEqual(['-1', '2.5', '+3', '9', '10']);
    expect(labelMap('f', ['1.0', '1', '0'])).toEqual(['0', '1', '1.0']);
    expect(labelMap('f', ['10', '9', 'x'])).toEqual(['10', '9', 'x']);
  });

  it('refuses a column that cannot be one of classes', () => {
    expect(() => labelMap('f.tsv', ['1'])).toThrow(
      'f.tsv: there must be at least 2 classes, got only 1; check data.label',
    );
    expect(() => labelMap('f.tsv', [])).toThrow('got none');
    const many = Array.from({ length: 10_001 }, (_, i) => `${i}`);
    expect(() => labelMap('f.tsv', many)).toThrow(
      'f.tsv: there may be at most 10000 classes, got 10001; check data.label; for numbers use task: regression',
    );
  });
});
