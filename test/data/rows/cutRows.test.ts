import { describe, expect, it } from 'vitest';
import { CutCount, rowsText } from '../../../extension/data/rows/cutRows.ts';

describe('rows that are cut', () => {
  it('are told with their number, share and the longest', () => {
    expect(rowsText({ rows: 40, cut: 0, longest: 8 }, 128, true)).toBeUndefined();
    expect(rowsText({ rows: 40, cut: 3, longest: 512 }, 128, false)).toBe(
      '3 of 40 rows (7.5 %) are cut to data.max_length 128, the longest has 512 tokens',
    );
    expect(rowsText({ rows: 4000, cut: 3, longest: 512, isSample: true }, 128, false)).toBe(
      '3 of 4000 sampled rows (< 0.1 %) are cut to data.max_length 128, the longest has 512 tokens',
    );
    expect(rowsText({ rows: 10_000, cut: 1, longest: 130 }, 128, true)).toBe(
      '1 of 10000 rows (< 0.1 %) are cut to data.max_length 128, the longest has 130 tokens; words that are cut count as predicted outside of all spans',
    );
  });

  it('names rows that lose what is to be learned, and says that a chat template writes the date', () => {
    const answers = { cut: 7, first: [1, 4, 5, 9, 12] };
    expect(rowsText({ rows: 40, cut: 8, longest: 512, answers }, 128, false)).toBe(
      '8 of 40 rows (20 %) are cut to data.max_length 128, the longest has 512 tokens; 7 of them lose part of their target (rows 1, 4, 5, 9, 12, …)',
    );
    expect(rowsText({ rows: 40, cut: 0, longest: 8, dated: 40 }, 128, false)).toBe(
      'the chat template writes the date into 40 of 40 rows, here always the same one (26 July 2024)',
    );
    expect(rowsText({ rows: 40, cut: 0, longest: 8 }, 128, false)).toBeUndefined();
  });
});

describe('words that the tokenizer does not know', () => {
  const unknown = 100;
  const wordPiece = { unknownTokenId: unknown };
  const counted = (rows: readonly (readonly number[])[], tokenizer: { unknownTokenId: number | undefined }) => {
    const count = new CutCount(tokenizer);
    for (const inputIds of rows) count.add([{ inputIds, fullLength: inputIds.length }]);
    return count.counts;
  };
  const known = [101, 7, 8, 9, 102];

  it('are told with their rows, the first of them and a cure, where they are much of the text', () => {
    const counts = counted([known, [101, unknown, 102], [101, 7, unknown, unknown, 102]], wordPiece);
    expect(counts.unknown).toEqual({ rows: 2, first: 2 });
    expect(rowsText(counts, 128, false)).toBe(
      "2 of 3 rows (67 %; the first is row 2) have words that the model's tokenizer does not know, all of which the model reads as one and the same token; choose a model of this language",
    );
  });

  it('are not told where they are few, or where every text has tokens', () => {
    expect(counted([...Array(20).fill(known), [101, unknown, 102]], wordPiece).unknown).toBeUndefined();
    expect(counted([[101, unknown, 102]], { unknownTokenId: undefined }).unknown).toBeUndefined();
  });
});
