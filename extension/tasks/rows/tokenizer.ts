import type { ChatTemplate } from './chat.ts';

/** Ids of one or two texts with special tokens, ready for a model. */
export interface Encoding {
  readonly inputIds: readonly number[];
  readonly tokenTypeIds: readonly number[];
  /** Tokens that it would take with nothing cut, special ones included. */
  readonly fullLength: number;
}

export interface WordEncoding extends Encoding {
  /** Where each word's first token stands; −1 for a word that was cut off or has no token at all. */
  readonly firstTokens: readonly number[];
}

/** Turns text into a model's token ids. */
export interface Tokenizer {
  /** Token ids run from 0 to this, exclusive. */
  readonly vocabularySize: number;
  readonly maskTokenId: number | undefined;
  /** Special tokens with a role of their own ([CLS], [SEP], [PAD], [MASK] …, not [UNK]): never to be predicted. */
  readonly structuralIds: ReadonlySet<number>;
  /** How the model's conversations are written; undefined where it says nothing of them. */
  readonly chatTemplate: ChatTemplate | undefined;
  /** Stands for words that the model has no token of; undefined where every text has tokens. */
  readonly unknownTokenId: number | undefined;
  /** The token that ends a text, or an answer in a conversation. */
  readonly eosTokenId: number | undefined;
  /** The tokens of a text that holds its special ones already: nothing is added or cut. */
  ids(text: string): readonly number[];
  /** One text, or two, cut to `maxLength` tokens with the special ones. */
  encode(text: string, pair: string | undefined, maxLength: number): Encoding;
  /** Words of one text, for tagging: each is encoded by itself, and the end is cut to `maxLength`. */
  encodeWords(words: readonly string[], maxLength: number): WordEncoding;
  /** The token that an id stands for. */
  token(id: number): string | undefined;
}
