import { BertNormalizer, BertPreTokenizer, ByteLevelPreTokenizer } from '@huggingface/tokenizers';
import { ideographs, nonSpacingMarks, punctuation, removed, whitespace } from './characterClasses.ts';

const plainText = /^[ -~]*$/;
const anyRemoved = new RegExp(`[${removed}]`, 'gu');
const anyWhitespace = new RegExp(`[${whitespace}]`, 'gu');
const anyIdeograph = new RegExp(`[${ideographs}]`, 'gu');
const anyMark = new RegExp(`[${nonSpacingMarks}]`, 'gu');
const words = new RegExp(`[^${whitespace}${punctuation}]+|[${punctuation}]`, 'gu');

/**
 * BERT's normalizer as the `tokenizers` library applies it: clean, set ideographs apart, strip accents, lowercase, in
 * this order. The JavaScript library's own goes by today's Unicode categories, misses ideographs beyond U+FFFF and
 * lowercases a Greek final sigma by its context.
 */
export class ExactBertNormalizer extends BertNormalizer {
  override normalize(text: string): string {
    const { clean_text: clean, handle_chinese_chars: apart, lowercase, strip_accents: strip } = this.config;
    if (plainText.test(text)) return lowercase ? text.toLowerCase() : text;
    let result = text;
    if (clean) result = result.replace(anyRemoved, '').replace(anyWhitespace, ' ');
    if (apart) result = result.replace(anyIdeograph, ' $& ');
    if (strip ?? lowercase) result = result.normalize('NFD').replace(anyMark, '');
    // Character by character, so that Σ is always σ.
    return lowercase ? Array.from(result, (character) => character.toLowerCase()).join('') : result;
  }
}

/** Splits at whitespace and makes every punctuation character a word of its own. */
export class ExactBertPreTokenizer extends BertPreTokenizer {
  override pre_tokenize_text(text: string): string[] {
    return text.match(words) ?? [];
  }
}

/** The byte-level pattern over Unicode's white space; JavaScript's `\s` also takes U+FEFF and misses U+0085. */
const byteLevelWords = new RegExp(
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

/** GPT-2's and RoBERTa's pre-tokenizer. */
export class ExactByteLevelPreTokenizer extends ByteLevelPreTokenizer {
  override pattern = byteLevelWords;
}

/** Words with one space between them, and no other white space. */
export const singlySpaced = new RegExp(`^[^${whitespace}]+(?: [^${whitespace}]+)*$`, 'u');
