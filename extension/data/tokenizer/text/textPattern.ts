import * as z from 'zod';
import { inJavaScript } from './onigurumaPattern.ts';
import { withinMs } from './withinMs.ts';

/** What a part of `tokenizer.json` looks for: a text as it stands, or a regular expression. */
export const patternSchema = z.union([z.object({ String: z.string() }), z.object({ Regex: z.string().max(10_000) })]);
type PatternSpec = z.infer<typeof patternSchema>;

/** Start and end of a match. */
export type Range = readonly [start: number, end: number];

/** All matches in a text, from left to right. */
export type FindMatches = (text: string) => Range[];

/** A pattern may need time that grows with the text in any way; this much is far above what real ones need. */
const limitMs = 2000;

/** Up to this length, time that grows with the third power of it is no danger. */
const shortText = 1000;

/**
 * Finds what a pattern matches. A regular expression runs under a time limit: whether it is slow depends on the text as
 * much as on the pattern, and patterns in use would be refused by any simple rule. The limit costs more than most
 * matching, so short texts do without it where the pattern repeats little.
 * @param part names the part of `tokenizer.json`, for messages
 * @throws Error for a regular expression that means something else here than in Python
 */
export function findMatches(spec: PatternSpec, part: string): FindMatches {
  if ('String' in spec) {
    return spec.String === '' ? () => [] : matchesOf(new RegExp(escaped(spec.String), 'gu'));
  }
  const pattern = inJavaScript(spec.Regex, part);
  const find = matchesOf(pattern);
  const isTame = repeatsLittle(pattern.source);
  return (text) => {
    if (isTame && text.length <= shortText) return find(text);
    const found = withinMs(limitMs, () => find(text));
    if (found) return found;
    throw new Error(
      `${part}: the pattern ${JSON.stringify(spec.Regex)} must find its matches within ${limitMs / 1000} s, got no end on a text of ${text.length} characters`,
    );
  };
}

/** As the library behind `tokenizers` goes on: no empty match where the last one ended. */
export function matchesOf(pattern: RegExp): FindMatches {
  return (text) => {
    const ranges: Range[] = [];
    let last = -1;
    for (const match of text.matchAll(pattern)) {
      const end = match.index + match[0].length;
      if (end === match.index && end === last) continue;
      ranges.push([match.index, end]);
      last = end;
    }
    return ranges;
  };
}

/** Whether no repetition is inside another, and no alternative has more than two of them. */
function repeatsLittle(source: string): boolean {
  const bare = source.replace(/\\(?:u\{[^}]*\}|[pP]\{[^}]*\}|.)/gu, 'x').replace(/\[[^\]]*\]/gu, 'x');
  if (/\)(?:[*+]|\{)/u.test(bare)) return false;
  let [depth, repetitions] = [0, 0];
  for (const character of bare) {
    if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (character === '|' && depth === 0) repetitions = 0;
    else if ('*+{'.includes(character) && ++repetitions > 2) return false;
  }
  return true;
}

/** A text as a regular expression that matches it alone. */
export const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
