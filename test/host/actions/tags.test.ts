import { describe, expect, it } from 'vitest';
import { editedTags, tagsText } from '../../../extension/host/actions/tags.ts';

it('reads tags with or without their sign, each once', () => {
  expect(editedTags([[]], ' a, #b ,, a,')).toEqual([['a', 'b']]);
});

describe('tags of several runs', () => {
  const runs = [['paper', 'v1'], ['v2', 'paper'], []];

  it('stand in one text, each once', () => {
    expect(tagsText(runs)).toBe('paper, v1, v2');
  });

  it('stay with the runs that had them when one is added to all', () => {
    expect(editedTags(runs, 'paper, v1, v2, best')).toEqual([
      ['paper', 'v1', 'best'],
      ['paper', 'v2', 'best'],
      ['best'],
    ]);
  });

  it('leave every run that had them when they are taken out', () => {
    expect(editedTags(runs, 'v1, v2')).toEqual([['v1'], ['v2'], []]);
    expect(editedTags(runs, '')).toEqual([[], [], []]);
  });

  it('change nothing where the text was not changed, even of tags that hold its signs', () => {
    const odd = [['#a', 'b,c'], ['d']];
    expect(editedTags(odd, tagsText(odd))).toEqual([['a', 'b', 'c'], ['d']]);
    expect(editedTags(runs, tagsText(runs)).map((tags) => [...tags].sort())).toEqual(
      runs.map((tags) => [...tags].sort()),
    );
  });

  it('come in the order of the text where there is one run', () => {
    expect(editedTags([['a', 'b']], 'c, b, a')).toEqual([['c', 'b', 'a']]);
  });
});
