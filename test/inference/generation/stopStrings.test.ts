import { expect, it } from 'vitest';
import { StopStrings } from '../../../extension/inference/generation/stopStrings.ts';

function through(stops: readonly string[], pieces: readonly string[]) {
  const strings = new StopStrings(stops);
  const given: string[] = [];
  for (const piece of pieces) {
    const { text, isEnd } = strings.push(piece);
    given.push(text);
    if (isEnd) return { given, isEnd };
  }
  return { given: [...given, strings.end()], isEnd: false };
}

it('lets text through at once where it cannot begin a stop string', () => {
  expect(through(['\n\n'], ['a b', ' c'])).toEqual({ given: ['a b', ' c', ''], isEnd: false });
  expect(through([], ['a'])).toEqual({ given: ['a', ''], isEnd: false });
});

it('holds back what may begin one, and gives it where it does not', () => {
  expect(through(['stop'], ['a st', 'o', 're st'])).toEqual({ given: ['a ', '', 'store ', 'st'], isEnd: false });
  expect(through(['aab'], ['aa', 'ab', 'c'])).toEqual({ given: ['', 'a'], isEnd: true });
});

it('ends before the first of several, across pieces too', () => {
  expect(through(['END', '\n'], ['one E', 'ND two'])).toEqual({ given: ['one ', ''], isEnd: true });
  expect(through(['bc', 'abcd'], ['xabcd'])).toEqual({ given: ['xa'.slice(0, 1)], isEnd: true });
});
