import { describe, expect, it } from 'vitest';
import { collate } from '../../../extension/data/batches/collate.ts';
import type { EncoderDimensions } from '../../../extension/models/architecture/encoder.ts';
import { findTask } from '../../../extension/tasks/registry.ts';

const bert: EncoderDimensions = {
  architecture: 'bert',
  layers: 1,
  hidden: 4,
  heads: 1,
  keyValueWidth: 4,
  ffn: 8,
  vocabulary: 100,
  embedding: 4,
  positionRows: 32,
  positionOffset: 0,
  maxSequence: 32,
  tokenTypes: 2,
  activation: 'gelu',
  layerNormEpsilon: 1e-12,
  hiddenDropout: 0,
  attentionDropout: 0,
  classifierDropout: 0,
  padTokenId: 9,
  initializerRange: 0.02,
};
const examples = [
  { index: 3, inputIds: [5, 6, 7], tokenTypeIds: [0, 0, 1], target: [1] },
  { index: 0, inputIds: [8], tokenTypeIds: [0], target: [0] },
];

const feedsOf = (dimensions: EncoderDimensions, positionShift: number) => {
  const { feeds, ...rest } = collate(examples, findTask('classification'), { dimensions, positionShift });
  return {
    ...rest,
    feeds: Object.fromEntries(Object.entries(feeds).map(([name, { data }]) => [name, [...data].map(Number)])),
  };
};

describe('collate', () => {
  it('pads to the longest of the batch', () => {
    expect(feedsOf(bert, 0)).toEqual({
      examples,
      tokens: 4,
      labelledItems: 2,
      feeds: {
        input_ids: [5, 6, 7, 8, 9, 9],
        token_type_ids: [0, 0, 1, 0, 0, 0],
        attention_mask: [1, 1, 1, 1, 0, 0],
        position_ids: [0, 1, 2, 0, 0, 0],
        last_rows: [2, 3],
        labels: [1, 0],
      },
    });
    const { feeds } = collate(examples, findTask('classification'), { dimensions: bert, positionShift: 0 });
    expect(feeds.input_ids).toMatchObject({ dtype: 'i64', shape: [2, 3] });
    expect(feeds.labels).toMatchObject({ dtype: 'i64', shape: [2] });
  });

  it('moves positions up behind a prefix, and by RoBERTa’s offset', () => {
    expect(feedsOf(bert, 16).feeds.position_ids).toEqual([16, 17, 18, 16, 0, 0]);
    expect(feedsOf({ ...bert, positionOffset: 2 }, 16).feeds.position_ids).toEqual([18, 19, 20, 18, 1, 1]);
  });

  it('knows no second segment where the model has none', () => {
    expect(feedsOf({ ...bert, tokenTypes: 1 }, 0).feeds.token_type_ids).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
