import { describe, expect, it } from 'vitest';
import { isListText, readListText } from '../../../extension/tasks/rows/listText.ts';

describe('a list written as text', () => {
  it.each([
    ['["the", "film"]', ['the', 'film']],
    ["['the', 'film']", ['the', 'film']],
    ["['the' 'film'\n 'is']", ['the', 'film', 'is']],
    // As Python's repr writes "it's", 'say "x"', both quotes, and a tab.
    [
      `["it's", 'say "x"', 'it\\'s "x"', 'a\\tb', '\\\\', 'caf\\xe9']`,
      ["it's", 'say "x"', 'it\'s "x"', 'a\tb', '\\', 'café'],
    ],
    ["['[', ',', ']']", ['[', ',', ']']],
    ['[0, 1, 2]', [0, 1, 2]],
    ['[0 1 2]', ['0', '1', '2']],
    ['[]', []],
    [" ['a',] ", ['a']],
  ])('%s is read', (text, items) => {
    expect(isListText(text)).toBe(true);
    expect(readListText(text)).toEqual(items);
  });

  it.each(["['a', None]", "['a', 'b'", "['a' 'b' ... 'c']", "['a', ['b']]", "['a'b']"])('%s is not', (text) => {
    expect(readListText(text.trim())).toBeUndefined();
  });

  it.each(['[ the film ]', 'the [ film ]', '[', '[x]', '[UNK] film', 'a [1]'])('%s is no list', (text) => {
    expect(isListText(text)).toBe(false);
  });
});
