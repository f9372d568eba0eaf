import {
  clusterEnds,
  clusterExtending,
  clusterJoining,
  clusterPrepended,
  conjunctConsonants,
  conjunctLinkers,
  pictographs,
} from './characterClasses.ts';

const flags = {
  ends: 1,
  joining: 2,
  prepended: 4,
  consonant: 8,
  linker: 16,
  extending: 32,
  pictograph: 64,
  leadingJamo: 128,
  vowelJamo: 256,
  trailingJamo: 512,
} as const;

/** The classes of the library's Unicode version; those of Hangul have not changed since it was encoded. */
const insides: readonly (readonly [flag: number, insides: string])[] = [
  [flags.ends, clusterEnds],
  [flags.joining, clusterJoining],
  [flags.prepended, clusterPrepended],
  [flags.consonant, conjunctConsonants],
  [flags.linker, conjunctLinkers],
  [flags.extending, clusterExtending],
  [flags.pictograph, pictographs],
  [flags.leadingJamo, '\\u{1100}-\\u{115f}\\u{a960}-\\u{a97c}'],
  [flags.vowelJamo, '\\u{1160}-\\u{11a7}\\u{d7b0}-\\u{d7c6}'],
  [flags.trailingJamo, '\\u{11a8}-\\u{11ff}\\u{d7cb}-\\u{d7fb}'],
];

let table: Uint16Array | undefined;

/** Flags of every character. */
function classes(): Uint16Array {
  if (table) return table;
  const made = new Uint16Array(0x110000);
  for (const [flag, ranges] of insides) {
    for (const [, first, last = first] of ranges.matchAll(/\\u\{([0-9a-f]+)\}(?:-\\u\{([0-9a-f]+)\})?/g)) {
      for (let code = Number.parseInt(first!, 16); code <= Number.parseInt(last!, 16); code++) made[code]! |= flag;
    }
  }
  table = made;
  return made;
}

const [lineFeed, carriageReturn, nonJoiner, joiner] = [0x0a, 0x0d, 0x200c, 0x200d] as const;
const firstSyllable = 0xac00;
const lastSyllable = 0xd7a3;
const isSyllable = (code: number): boolean => code >= firstSyllable && code <= lastSyllable;
/** Without a trailing consonant. */
const isOpenSyllable = (code: number): boolean => isSyllable(code) && (code - firstSyllable) % 28 === 0;

function joinsAsHangul(code: number, flag: number, next: number, nextFlag: number): boolean {
  if (flag & flags.leadingJamo) {
    return isSyllable(next) || (nextFlag & (flags.leadingJamo | flags.vowelJamo)) !== 0;
  }
  if (flag & flags.vowelJamo || isOpenSyllable(code)) return (nextFlag & (flags.vowelJamo | flags.trailingJamo)) !== 0;
  return ((flag & flags.trailingJamo) !== 0 || isSyllable(code)) && (nextFlag & flags.trailingJamo) !== 0;
}

/**
 * The extended grapheme clusters of a text, as far as those below six bytes can tell: of a pair of regional indicators
 * each has four, so they stand apart here.
 * @see Unicode Standard Annex 29, rules GB3 to GB11
 */
export function* clusters(text: string): Generator<string> {
  const flagsOf = classes();
  let start = 0;
  let before = -1;
  /** 1: after a consonant and what extends it; 2: and a linker. */
  let conjunct = 0;
  /** 1: after a pictograph and what extends it; 2: and U+200D. */
  let pictographic = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at)!;
    const flag = flagsOf[code]!;
    if (before >= 0) {
      const last = flagsOf[before]!;
      const isOne =
        (before === carriageReturn && code === lineFeed) ||
        (((last | flag) & flags.ends) === 0 &&
          ((flag & flags.joining) !== 0 ||
            (last & flags.prepended) !== 0 ||
            (conjunct === 2 && (flag & flags.consonant) !== 0) ||
            (pictographic === 2 && (flag & flags.pictograph) !== 0) ||
            joinsAsHangul(before, last, code, flag)));
      if (!isOne) {
        yield text.slice(start, at);
        start = at;
      }
    }
    if (flag & flags.consonant) conjunct = 1;
    else if (!(flag & flags.extending)) conjunct = 0;
    else if (flag & flags.linker && conjunct > 0) conjunct = 2;
    if (flag & flags.pictograph) pictographic = 1;
    else if (pictographic === 1 && code === joiner) pictographic = 2;
    else if (!(flag & flags.extending) && code !== nonJoiner) pictographic = 0;
    else if (pictographic === 2) pictographic = 0;
    before = code;
    at += code > 0xffff ? 2 : 1;
  }
  if (text !== '') yield text.slice(start);
}
