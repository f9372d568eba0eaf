import { whitespace, wordCharacters } from './text/characterClasses.ts';
import { escaped } from './text/textPattern.ts';

/** A token that is found in the text itself, before the rest is divided. */
interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Whether it is looked for after the text was normalized. */
  readonly normalized: boolean;
}

/** A stretch of text between added tokens, or one of them. */
type Section =
  | { readonly kind: 'text'; readonly text: string; readonly start: number }
  | { readonly kind: 'token'; readonly id: number };

const endsWithWord = new RegExp(`[${wordCharacters}]$`, 'u');
const startsWithWord = new RegExp(`^[${wordCharacters}]`, 'u');
const spaceAtStart = new RegExp(`^[${whitespace}]*`, 'u');

/** Where the white space at a text's end begins. */
function spaceAtEnd(text: string): number {
  let start = text.length;
  while (start > 0 && isSpace.test(text[start - 1]!)) start--;
  return start;
}
const isSpace = new RegExp(`[${whitespace}]`, 'u');

/**
 * Finds added tokens as Python's `tokenizers` does: from left to right the longest, with the white space beside it where
 * the token takes that, and not inside a word where it must be a word of its own.
 * @param contentOf what is looked for: the token's text, normalized where the text is
 */
export function addedTokenFinder(
  tokens: readonly AddedToken[],
  contentOf: (token: AddedToken) => string,
): (text: string) => readonly Section[] {
  const byContent = new Map<string, AddedToken>();
  for (const token of tokens) {
    const content = contentOf(token);
    if (content !== '' && !byContent.has(content)) byContent.set(content, token);
  }
  if (byContent.size === 0) return (text) => (text === '' ? [] : [{ kind: 'text', text, start: 0 }]);
  const longestFirst = [...byContent.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(escaped).join('|'), 'gu');
  return (text) => {
    const sections: Section[] = [];
    let end = 0;
    const pushText = (to: number) => {
      if (to > end) sections.push({ kind: 'text', text: text.slice(end, to), start: end });
    };
    for (const match of text.matchAll(pattern)) {
      const token = byContent.get(match[0])!;
      let [from, to] = [match.index, match.index + match[0].length];
      const touchesWord = () => endsWithWord.test(text.slice(0, from)) || startsWithWord.test(text.slice(to));
      if (token.single_word && touchesWord()) continue;
      if (token.lstrip) from = Math.max(spaceAtEnd(text.slice(0, from)), end);
      if (token.rstrip) to += spaceAtStart.exec(text.slice(to))![0].length;
      pushText(from);
      sections.push({ kind: 'token', id: token.id });
      end = to;
    }
    pushText(text.length);
    return sections;
  };
}
