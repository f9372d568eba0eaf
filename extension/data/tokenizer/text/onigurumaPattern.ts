import { whitespace, wordCharacters } from './characterClasses.ts';

/** For Oniguruma the joiners are not among the word characters; outside classes, these numbers of Latin-1 are. */
const word = wordCharacters.replace('\\u{200c}-\\u{200d}', '');
const wordOutside = `${word}\\u{b2}-\\u{b3}\\u{b9}\\u{bc}-\\u{be}`;

/** Escapes that stand for several characters, as the inside of a class. */
const sets: Readonly<Record<string, string>> = { s: whitespace, d: '\\p{Nd}', w: word };

const categories =
  /^(L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|Han|Hiragana|Katakana|Hangul|Latin|Greek|Cyrillic|Arabic|Hebrew|Thai|Devanagari)$/;

/** Characters outside classes that are no literals. */
const meanings: Readonly<Record<string, string>> = {
  // Lines end at \n alone.
  '.': '[^\\n]',
  $: '(?:(?=\\n)|(?![\\s\\S]))',
  '^': '(?:(?<![\\s\\S])|(?<=\\n)(?=[\\s\\S]))',
  ')': ')',
  '|': '|',
};

const literal = (character: string): string => character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');

/** What one step of reading made of the pattern: text for JavaScript, and how much was read. */
interface Step {
  readonly text: string;
  readonly length: number;
}

/** A construct that is not known to mean the same. */
class Unknown extends Error {}

/** A group whose letters stand for both cases, as decoders find 's and 'LL: literals and alternatives alone. */
const caselessGroup = /^\(\?i:((?:[^\\^$.*+?()[\]{}]|\\.)*)\)/u;

/** Letters beside a and A that are an a where case does not matter. */
const otherCases: Readonly<Record<string, string>> = { s: '\\u{17f}', k: '\\u{212a}' };

/**
 * An Oniguruma pattern, as Python's `tokenizers` has them, with the same meaning in JavaScript. It may use literals,
 * classes without sets in them, groups, look-around, alternatives, greedy and lazy repetition.
 * @param part names the part of `tokenizer.json`, for messages
 * @throws Error naming what else there is
 */
export function inJavaScript(source: string, part: string): RegExp {
  const where = `${part}: the pattern ${JSON.stringify(source)}`;
  let out = '';
  try {
    for (let at = 0; at < source.length; ) {
      const { text, length } = step(source.slice(at));
      out += text;
      at += length;
    }
  } catch (error) {
    if (!(error instanceof Unknown)) throw error;
    throw new Error(`${where} must do without ${error.message}, which is not known to match as in Python`);
  }
  try {
    return new RegExp(out, 'gu');
  } catch (error) {
    throw new Error(`${where} cannot be read (${(error as Error).message})`, { cause: error });
  }
}

function step(rest: string): Step {
  switch (rest[0]) {
    case '\\':
      return escaped(rest, false);
    case '[':
      return characterClass(rest);
    case '(': {
      const caseless = caselessGroup.exec(rest);
      if (caseless) return { text: `(?:${anyCase(caseless[1]!)})`, length: caseless[0].length };
      const group = /^\((?:\?(?:[:=!]|<[=!]))?/.exec(rest)![0];
      if (group === '(' && rest[1] === '?') throw new Unknown(rest.slice(0, 3));
      return { text: group === '(' ? '(?:' : group, length: group.length };
    }
  }
  const repetition = /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(rest)?.[0];
  if (repetition !== undefined) return repeated(repetition, rest[repetition.length]);
  const character = String.fromCodePoint(rest.codePointAt(0)!);
  return { text: meanings[character] ?? literal(character), length: character.length };
}

/** One letter of ASCII may become several of another alphabet, which is known for single ones alone: `ss` is also ß. */
function anyCase(source: string): string {
  if (/[^\0-\x7f]|\\[a-z\d]|ss|st|ff|fi|fl/i.test(source)) throw new Unknown(`(?i:${source})`);
  return source.replace(/(?<!\\)[a-z]/gi, (letter) => {
    const lower = letter.toLowerCase();
    return `[${lower}${letter.toUpperCase()}${otherCases[lower] ?? ''}]`;
  });
}

/** Oniguruma reads `{1,2}?` as "perhaps", and `+` behind a repetition as "without going back". */
function repeated(repetition: string, next: string | undefined): Step {
  if (next === '+' || (next === '?' && repetition.startsWith('{'))) throw new Unknown(`${repetition}${next}`);
  const text = next === '?' ? `${repetition}?` : repetition;
  return { text, length: text.length };
}

function escaped(rest: string, inClass: boolean): Step {
  const property = /^\\([pP])\{([A-Za-z_]+)\}/.exec(rest);
  if (property) {
    const [text, letter, name] = property as unknown as readonly [string, string, string];
    if (!categories.test(name)) throw new Unknown(text);
    return { text: `\\${letter}{${name.length > 2 ? `Script=${name}` : name}}`, length: text.length };
  }
  const character = rest[1] ?? '';
  const set = sets[character.toLowerCase()];
  if (set !== undefined) {
    const isNegated = character !== character.toLowerCase();
    if (isNegated && inClass) throw new Unknown(`\\${character} in a class`);
    if (inClass) return { text: set, length: 2 };
    return { text: `[${isNegated ? '^' : ''}${set === word ? wordOutside : set}]`, length: 2 };
  }
  if (/[tnrfv]/.test(character)) return { text: `\\${character}`, length: 2 };
  if (!/[!-/:-@[-`{-~ ]/.test(character)) throw new Unknown(`\\${character}`);
  return { text: character === '-' && inClass ? '\\-' : literal(character), length: 2 };
}

function characterClass(rest: string): Step {
  const isNegated = rest[1] === '^';
  let inside = '';
  let at = isNegated ? 2 : 1;
  if (rest[at] === ']') throw new Unknown('a class that begins with ]');
  while (rest[at] !== ']') {
    if (at >= rest.length) throw new Unknown('a class without end');
    if (rest[at] === '[' || rest.startsWith('&&', at)) throw new Unknown('sets in a class');
    const character = String.fromCodePoint(rest.codePointAt(at)!);
    const { text, length } =
      character === '\\' ? escaped(rest.slice(at), true) : { text: literal(character), length: character.length };
    inside += text;
    at += length;
  }
  return { text: `[${isNegated ? '^' : ''}${inside}]`, length: at + 1 };
}
