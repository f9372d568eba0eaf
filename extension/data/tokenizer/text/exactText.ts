import * as z from 'zod';
import { ideographs, nonSpacingMarks, punctuation, removed, whitespace } from './characterClasses.ts';

const plainText = /^[ -~]*$/;
const anyRemoved = new RegExp(`[${removed}]`, 'gu');
const anyWhitespace = new RegExp(`[${whitespace}]`, 'gu');
const anyIdeograph = new RegExp(`[${ideographs}]`, 'gu');
const anyMark = new RegExp(`[${nonSpacingMarks}]`, 'gu');

export const bertNormalizerSchema = z.looseObject({
  clean_text: z.boolean().default(true),
  handle_chinese_chars: z.boolean().default(true),
  strip_accents: z.boolean().nullish(),
  lowercase: z.boolean().default(true),
});

/**
 * BERT's normalizer as the `tokenizers` library applies it: clean, set ideographs apart, strip accents, lowercase, in
 * this order.
 */
export function normalizeAsBert(text: string, options: z.infer<typeof bertNormalizerSchema>): string {
  const { clean_text: clean, handle_chinese_chars: apart, lowercase, strip_accents: strip } = options;
  if (plainText.test(text)) return lowercase ? text.toLowerCase() : text;
  let result = text;
  if (clean) result = result.replace(anyRemoved, '').replace(anyWhitespace, ' ');
  if (apart) result = result.replace(anyIdeograph, ' $& ');
  if (strip ?? lowercase) result = result.normalize('NFD').replace(anyMark, '');
  // Character by character, so that Σ is always σ.
  return lowercase ? Array.from(result, (character) => character.toLowerCase()).join('') : result;
}

/** Divided at white space; every punctuation character is a word of its own. */
export const bertWords = new RegExp(`[^${whitespace}${punctuation}]+|[${punctuation}]`, 'gu');

/** The byte-level pattern over Unicode's white space; JavaScript's `\s` also takes U+FEFF and misses U+0085. */
export const byteLevelWords = new RegExp(
  [
    "'s|'t|'re|'ve|'m|'ll|'d",
    ' ?\\p{L}+',
    ' ?\\p{N}+',
    ` ?[^${whitespace}\\p{L}\\p{N}]+`,
    `[${whitespace}]+(?![^${whitespace}])`,
    `[${whitespace}]+`,
  ].join('|'),
  'gu',
);

/** Printable characters for all 256 bytes, as GPT-2 has them. */
const byteCharacters = (() => {
  const isShown = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isShown(byte) ? byte : next++));
})();

/** The UTF-8 bytes of a text, each as one character. */
export function bytesAsCharacters(text: string): string {
  let result = '';
  for (const byte of Buffer.from(text, 'utf8')) result += byteCharacters[byte];
  return result;
}

const byteOf = new Map(byteCharacters.map((character, byte) => [character, byte]));

/** The bytes of a token that was written as `bytesAsCharacters` writes; one that was not is its own UTF-8. */
export function charactersAsBytes(token: string): Buffer {
  const bytes = Buffer.allocUnsafe(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = byteOf.get(token[i]!);
    if (byte === undefined) return Buffer.from(token, 'utf8');
    bytes[i] = byte;
  }
  return bytes;
}

/** Words with one space between them, and no other white space. */
export const singlySpaced = new RegExp(`^[^${whitespace}]+(?: [^${whitespace}]+)*$`, 'u');
