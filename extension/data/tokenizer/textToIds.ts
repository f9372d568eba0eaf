import { DataError } from '../../tasks/rows/dataError.ts';
import { addedTokenFinder } from './addedTokens.ts';
import { normalizerOf } from './normalizers.ts';
import { preTokenizerOf } from './preTokenizers.ts';
import { singlySpaced } from './text/exactText.ts';
import type { TokenizerJson } from './tokenizerFiles.ts';
import type { Component } from './tokenizerParts.ts';

/** How much of the text a pre-tokenizer lets be looked up piece by piece with the same result; see `pieces`. */
export type Piecewise = 'words' | 'spaced-words' | 'no';

/** The cure for a tokenizer of which a part is not known to be exact. */
export const otherTokenizer = "choose a model with another tokenizer, or train its own with transformers' defaults";

/** A space before a text that does not begin with one: what `add_prefix_space` does, as a step of its own. */
const prefixSpace: Component = { type: 'Metaspace', replacement: ' ', prepend_scheme: 'always', split: false };

/**
 * As byte-level models are given the words of a list: each after a space, before anything divides it (`add_prefix_space`
 * behind a Split or Digits would put one before each of a word's pieces). Undefined where no step is byte-level.
 */
export function spacedWords(preTokenizer: Component | null): Component | undefined {
  if (preTokenizer?.type === 'ByteLevel') return { ...preTokenizer, add_prefix_space: true };
  if (preTokenizer?.type !== 'Sequence' || !Array.isArray(preTokenizer.pretokenizers)) return undefined;
  const steps: readonly Component[] = preTokenizer.pretokenizers;
  const bytes = steps.find(({ type }) => type === 'ByteLevel');
  if (!bytes || bytes.add_prefix_space === true) return bytes && preTokenizer;
  return { ...preTokenizer, pretokenizers: [prefixSpace, ...steps] };
}

/**
 * Text to ids without the special ones: added tokens are found first, what lies between is normalized, divided into words
 * and these into tokens.
 * @throws Error for a part that is not known to be exact
 */
export function textToIds(
  file: string,
  { normalizer, added_tokens: added }: TokenizerJson,
  preTokenizer: Component | null,
  encodeWord: (word: string) => readonly number[],
): (text: string) => readonly number[] {
  const normalize = normalizerOf(normalizer);
  const preTokenize = preTokenizerOf(preTokenizer);
  const isLate = ({ normalized }: { readonly normalized: boolean }) => normalized;
  const findEarly = addedTokenFinder(
    added.filter((token) => !isLate(token)),
    ({ content }) => content,
  );
  const findLate = addedTokenFinder(added.filter(isLate), ({ content }) => normalize(content));
  return (text) => {
    const ids: number[] = [];
    try {
      for (const outer of findEarly(text)) {
        if (outer.kind === 'token') ids.push(outer.id);
        else
          for (const inner of findLate(normalize(outer.text))) {
            if (inner.kind === 'token') ids.push(inner.id);
            else {
              const first = outer.start === 0 && inner.start === 0;
              for (const word of preTokenize({ text: inner.text, first }))
                for (const id of encodeWord(word)) ids.push(id);
            }
          }
      }
    } catch (error) {
      throw new DataError({ file }, (error as Error).message, otherTokenizer, { cause: error });
    }
    return ids;
  };
}

/** How a tokenizer's texts may be looked up. */
export function piecewise({ normalizer, pre_tokenizer: preTokenizer, added_tokens: added }: TokenizerJson): Piecewise {
  if (added.some((token) => /\s/.test(token.content) || token.rstrip === true)) return 'no';
  if (normalizer?.type === 'BertNormalizer' && preTokenizer?.type === 'BertPreTokenizer') return 'words';
  const byteLevel = preTokenizer?.type === 'ByteLevel' && preTokenizer.use_regex !== false;
  return normalizer === null && byteLevel ? 'spaced-words' : 'no';
}

/**
 * Cuts text where the tokenizer certainly cuts too: BERT's at every space; byte-level ones before every single space
 * between words (runs of white space are grouped in ways of their own, so such texts stay whole).
 */
export function pieces(text: string, how: Piecewise): readonly string[] {
  if (how === 'words') return text.split(' ').filter((piece) => piece !== '');
  if (how === 'spaced-words' && singlySpaced.test(text)) {
    return text.split(' ').map((word, i) => (i === 0 ? word : ` ${word}`));
  }
  return [text];
}
