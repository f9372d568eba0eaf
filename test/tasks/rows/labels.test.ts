import { describe, expect, it } from 'vitest';
import { haveOthersNumbers, labelMap, namedLabel } from '../../../extension/tasks/rows/labels.ts';

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

describe('names of labels that are numbers', () => {
  it('are told from numbers where one is the number of another', () => {
    const stars = ['1', '2', '3', '4', '5'];
    expect([stars, ['1', '0'], ['a', '0']].map(haveOthersNumbers)).toEqual([true, true, true]);
    const plain = [
      ['0', '1', '2'],
      ['10', '20', '30'],
      ['01', 'b'],
      ['neg', 'pos'],
    ];
    expect(plain.map(haveOthersNumbers)).toEqual([false, false, false, false]);
    expect(['0', '1', '5'].map((cell) => namedLabel(cell, stars, 'number'))).toEqual(['1', '2', undefined]);
    expect(['0', '1', '5'].map((cell) => namedLabel(cell, stars, 'name'))).toEqual([undefined, '1', '5']);
  });

  it('are read beside numbers where nothing can be mistaken', () => {
    expect(['neg', '1', '2', '-1'].map((cell) => namedLabel(cell, ['neg', 'pos']))).toEqual([
      'neg',
      'pos',
      undefined,
      undefined,
    ]);
  });
});
