import { describe, expect, it } from 'vitest';
import { markedTokens, paintedTokens } from '../../../extension/cli/output/tokensText.ts';
import type { ConfigTokens } from '../../../extension/training/prepare/configTokens.ts';

const view: ConfigTokens = {
  file: 'a.jsonl',
  line: 9,
  row: 8,
  maxLength: 5,
  text: '<s>hi\n\tBob!',
  tokens: [
    { id: 0, text: '<s>', mark: 'context' },
    { id: 1, text: 'hi\n\t', mark: 'context' },
    { id: 2, text: 'Bob', mark: 'loss', label: 'B-PER' },
    { id: 3, text: '!', mark: 'cut' },
  ],
};

describe('tokens as text', () => {
  it('stand in a line for each stretch that is for the same', () => {
    expect(markedTokens(view)).toBe(
      [
        'a.jsonl:9, row 8: 4 tokens (1 in loss, 2 context, 1 cut; data.max_length 5)',
        'context  <s>|hi↵⇥',
        'in loss  Bob/B-PER',
        'cut      !',
        '',
      ].join('\n'),
    );
  });

  it('say the label of a row, and why it is not trained on', () => {
    const told = markedTokens({ ...view, label: 'good', problem: 'a.jsonl:9: too long; remove it' });
    expect(told).toContain('data.max_length 5), label good\n');
    expect(told).toMatch(/\nnot trained on: a\.jsonl:9: too long; remove it\n$/);
  });

  it('say how many rows a text is split into', () => {
    expect(markedTokens({ ...view, pieces: 3 })).toContain('data.max_length 5, split into 3 rows)\n');
  });

  it('run on in colours, lines breaking where the text has breaks', () => {
    const pieces = paintedTokens(view);
    expect(pieces.slice(1, 5)).toEqual([
      { text: '<s>', styles: ['context'] },
      { text: 'hi↵⇥\n', styles: ['context', 'underlined'] },
      { text: 'Bob/B-PER', styles: ['loss'] },
      { text: '!', styles: ['cut', 'underlined'] },
    ]);
    expect(pieces.map(({ text }) => text).join('')).toContain('in loss  context  cut');
  });
});
