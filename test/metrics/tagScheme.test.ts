import { describe, expect, it } from 'vitest';
import { outsideLabel, tagSchemeOf } from '../../extension/metrics/tagScheme.ts';

const read = (labels: readonly string[]) => {
  const scheme = tagSchemeOf(labels);
  return scheme && labels.map((label) => scheme.read(label)).map((tag) => tag && `${tag.part} ${tag.type}`.trim());
};

describe('the scheme of tags', () => {
  it.each([
    ['IOB2', ['O', 'B-PER', 'I-PER'], [null, 'B PER', 'I PER']],
    ['IOB1 whose spans never meet', ['I-PER', 'O', 'I-LOC'], ['I PER', null, 'I LOC']],
    ['single words', ['B-PER', 'O'], ['B PER', null]],
    ['IOE', ['I-PER', 'E-PER', 'O'], ['I PER', 'E PER', null]],
    ['BIOES', ['O', 'B-a', 'I-a', 'E-a', 'S-a'], [null, 'B a', 'I a', 'E a', 'S a']],
    ['BILOU', ['O', 'B-a', 'I-a', 'L-a', 'U-a'], [null, 'B a', 'I a', 'E a', 'S a']],
    ['BILOU of single words', ['O', 'U-ORG'], [null, 'S ORG']],
    ['BMES', ['B-a', 'M-a', 'E-a', 'S-a', 'O'], ['B a', 'I a', 'E a', 'S a', null]],
    ['BMES without types', ['B', 'M', 'E', 'S'], ['B', 'I', 'E', 'S']],
    ['types with dashes', ['B-creative-work', 'I-creative-work', 'O'], ['B creative-work', 'I creative-work', null]],
    ['underscores', ['B_ORG', 'I_ORG', 'O'], ['B ORG', 'I ORG', null]],
    ['small letters', ['b-org', 'i-org', 'o'], ['B org', 'I org', null]],
    ['the letter behind', ['ORG-B', 'ORG-I', 'O'], ['B ORG', 'I ORG', null]],
  ])('is found for %s', (_, labels, expected) => expect(read(labels)).toEqual(expected));

  it.each([
    ['types alone', ['ORG', 'O']],
    ['parts of speech', ['ADJ', 'NOUN', 'PUNCT', 'VERB']],
    ['numbers', ['0', '1', '2']],
    ['letters of no scheme', ['X-PER', 'Y-PER', 'O']],
    ['letters of two schemes', ['B-PER', 'M-PER', 'L-PER', 'O']],
    ['one label beside', ['B-PER', 'I-PER', 'O', 'MISC']],
    ['sizes', ['S', 'M', 'L']],
    ['subject and object', ['S', 'O']],
    ['nothing but outside', ['O']],
  ])('is none for %s', (_, labels) => expect(read(labels)).toBeUndefined());

  it('finds the label outside of all spans', () => {
    expect(outsideLabel(['B-a', 'O'])).toBe('O');
    expect(outsideLabel(['NOUN', 'ORG'])).toBeUndefined();
  });
});
