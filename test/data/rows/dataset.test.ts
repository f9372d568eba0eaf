import { describe, expect, it } from 'vitest';
import { EncodedDataset } from '../../../extension/data/rows/dataset.ts';

describe('EncodedDataset', () => {
  it('gives views that rows added later leave as they are', () => {
    const dataset = new EncodedDataset();
    dataset.add([{ inputIds: [7, 8], tokenTypeIds: [0, 1], target: [1] }]);
    const { inputIds, tokenTypeIds } = dataset.example(0);
    for (let i = 0; i < 2000; i++) dataset.add([{ inputIds: [i, i], tokenTypeIds: [1, 1], target: [0] }]);
    expect([...inputIds, ...tokenTypeIds]).toEqual([7, 8, 0, 1]);
  });

  it('gives back every row, at any size', () => {
    const dataset = new EncodedDataset();
    const rows = Array.from({ length: 3000 }, (_, i) => ({
      inputIds: Array.from({ length: i % 7 }, (_, k) => 2 ** 20 + i + k),
      tokenTypeIds: Array.from({ length: i % 7 }, (_, k) => k % 2),
      target: i % 3 === 0 ? [] : i % 3 === 1 ? [i / 7] : [-100, i],
      ...(i % 5 === 4 && { unread: [{ word: i, label: i % 3 }] }),
    }));
    for (const row of rows) dataset.add([row]);
    expect(dataset.size).toBe(3000);
    expect(dataset.tokens).toBe(rows.reduce((sum, { inputIds }) => sum + inputIds.length, 0));
    for (const [index, row] of rows.entries()) {
      expect(dataset.lengthOf(index)).toBe(row.inputIds.length);
      const { inputIds, tokenTypeIds, ...rest } = dataset.example(index);
      expect({ inputIds: [...inputIds], tokenTypeIds: [...tokenTypeIds], ...rest }).toEqual({ index, ...row });
    }
  });

  it('tells which rows are of which text', () => {
    const dataset = new EncodedDataset();
    const row = { inputIds: [1, 2], tokenTypeIds: [0, 0], target: [-100, 2] };
    for (const pieces of [2, 1, 3]) dataset.add(Array.from({ length: pieces }, () => row));
    expect([dataset.texts, dataset.size]).toEqual([3, 6]);
    expect(dataset.rowsOfTexts([2, 0])).toEqual([3, 4, 5, 0, 1]);
  });
});
