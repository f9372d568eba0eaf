import { describe, expect, it } from 'vitest';
import { tokensDocument } from '../../../../extension/host/language/tokens/tokensDocument.ts';

describe('rows in a document of their own', () => {
  const { text, stretches } = tokensDocument(
    'a.jsonl',
    [
      {
        line: 3,
        text: '<s>hi\r\nBob',
        label: 'good',
        tokens: [
          { id: 0, text: '<s>', mark: 'context' },
          { id: 1, text: 'hi\r\n', mark: 'loss', label: 'O' },
          { id: 2, text: 'Bob', mark: 'cut' },
        ],
      },
      { line: 4, problem: 'a.jsonl:4: `a` must not be empty; fill it in' },
    ],
    8,
  );

  it('tell how many tokens are for what, and why a row is not trained on', () => {
    expect(text).toBe(
      [
        'a.jsonl:3 · 3 tokens: 1 in the loss, 1 context, 1 cut · data.max_length 8 · label good',
        '',
        '<s>hi␍',
        'Bob',
        '',
        'a.jsonl:4',
        '',
        'Not trained on: a.jsonl:4: `a` must not be empty; fill it in',
      ].join('\n'),
    );
  });

  it('mark each token where it stands, and say what it is', () => {
    expect(stretches.map(({ start, end }) => text.slice(start, end))).toEqual(['<s>', 'hi␍\n', 'Bob']);
    expect(stretches.map(({ mark, isOdd, hover }) => [mark, isOdd, hover])).toEqual([
      ['context', false, 'token 0, context'],
      ['loss', true, 'token 1, in the loss, label O'],
      ['cut', false, 'token 2, cut'],
    ]);
  });
});
