/** Text as a model reads it: special tokens included, cut to the longest length allowed. */
export interface EncodedText {
  readonly inputIds: readonly number[];
  /** Segment ids, equally long. */
  readonly tokenTypeIds: readonly number[];
}

/** Words as a model reads them. */
export interface EncodedWords extends EncodedText {
  /** For each token the index of the word that it begins; −1 for special tokens and the later pieces of a word. */
  readonly firstOfWord: readonly number[];
}

/** What tasks need of a tokenizer. */
export interface TextEncoder {
  /** Longest first is cut first, as transformers' `longest_first`. */
  encode(text: string, pair: string | undefined, maxLength: number): EncodedText;
  encodeWords(words: readonly string[], maxLength: number): EncodedWords;
  readonly vocabularySize: number;
  /** Absent where the tokenizer has none: masked-lm then refuses it. */
  readonly maskTokenId: number | undefined;
  readonly padTokenId: number;
  /** Ids that masked-lm never predicts. */
  readonly specialTokenIds: ReadonlySet<number>;
}
