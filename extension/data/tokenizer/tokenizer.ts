import { showJson } from '../../problems/showValue.ts';
import { DataError } from '../../tasks/rows/dataError.ts';
import type { Encoding, Tokenizer, WordEncoding } from '../../tasks/rows/tokenizer.ts';
import {
  longestFirst,
  type SequenceTemplate,
  sequenceTemplate,
  specialCount,
  type TemplateItem,
} from './sequenceTemplate.ts';
import { otherTokenizer, type Piecewise, pieces, piecewise, spacedWords, textToIds } from './textToIds.ts';
import { readTokenizerFiles, type TokenizerFiles } from './tokenizerFiles.ts';
import { vocabularyOf, wordEncoder } from './tokenizerModel.ts';

const cachedPieces = 1 << 17;
const longestCachedPiece = 64;

/**
 * Turns text into a model's token ids: the same ids as Python's `tokenizers` with truncation `longest_first`. Words are
 * looked up in a bounded cache, so that large files cost little more than reading them.
 */
export class TextTokenizer implements Tokenizer {
  /** Token ids run from 0 to this, exclusive. */
  readonly vocabularySize: number;
  readonly padTokenId: number | undefined;
  readonly maskTokenId: number | undefined;
  /** Special tokens with a role of their own ([CLS], [SEP], [PAD], [MASK] …, not [UNK]): never to be predicted. */
  readonly structuralIds: ReadonlySet<number>;
  readonly #tokens = new Map<number, string>();
  readonly #template: SequenceTemplate;
  readonly #truncateLeft: boolean;
  readonly #hasTypes: boolean;
  readonly #piecewise: Piecewise;
  readonly #encodeText: (text: string) => readonly number[];
  /** A word of a list stands after a space, whatever the model does with the beginning of a text. */
  readonly #encodeWord: (word: string) => readonly number[];
  readonly #cache = new Map<string, readonly number[]>();
  readonly #wordCache: Map<string, readonly number[]>;

  /** @throws DataError when the files ask for something that is not known to be exact. */
  constructor({ file, definition, config }: TokenizerFiles) {
    const { pre_tokenizer: preTokenizer, added_tokens: added, model } = definition;
    const spaced = spacedWords(preTokenizer);
    try {
      this.#template = sequenceTemplate(definition.post_processor);
      const encodeWord = wordEncoder(model);
      this.#encodeText = textToIds(file, definition, preTokenizer, encodeWord);
      this.#encodeWord = spaced === preTokenizer ? this.#encodeText : textToIds(file, definition, spaced, encodeWord);
    } catch (error) {
      if (error instanceof DataError) throw error;
      throw new DataError({ file }, (error as Error).message, otherTokenizer, { cause: error });
    }
    this.#wordCache = spaced === preTokenizer ? this.#cache : new Map();
    const vocabulary = vocabularyOf(model);
    for (const [token, id] of vocabulary) this.#tokens.set(id, token);
    for (const { content, id } of added) this.#tokens.set(id, content);
    const addedIds = new Map(added.map(({ content, id }) => [content, id]));
    const idOf = (token: string | null | undefined) =>
      token == null ? undefined : (addedIds.get(token) ?? vocabulary.get(token));
    this.padTokenId = idOf(config.pad_token) ?? idOf('[PAD]') ?? idOf('<pad>');
    this.maskTokenId = idOf(config.mask_token) ?? idOf('[MASK]') ?? idOf('<mask>');
    const unknown = idOf(config.unk_token) ?? idOf('[UNK]') ?? idOf('<unk>');
    const template = [...this.#template.single, ...this.#template.pair];
    const templateIds = template.flatMap((entry) => (entry.kind === 'special' ? entry.ids : []));
    this.vocabularySize = [...this.#tokens.keys(), ...templateIds].reduce((most, id) => Math.max(most, id), -1) + 1;
    this.structuralIds = new Set(
      [...templateIds, ...added.filter(({ special }) => special).map(({ id }) => id)].filter((id) => id !== unknown),
    );
    this.#truncateLeft = config.truncation_side === 'left';
    this.#hasTypes = config.model_input_names?.includes('token_type_ids') ?? true;
    this.#piecewise = piecewise(definition);
  }

  /**
   * One text, or two, cut to `maxLength` tokens with the special ones.
   * @throws Error when not even the special tokens fit.
   */
  encode(text: string, pair: string | undefined, maxLength: number): Encoding {
    const template = pair === undefined ? this.#template.single : this.#template.pair;
    const texts = pair === undefined ? [this.#ids(text, false)] : [this.#ids(text, false), this.#ids(pair, false)];
    const room = roomFor(template, maxLength);
    const lengths = texts.map((ids) => ids.length);
    const kept = pair === undefined ? [Math.min(lengths[0]!, room)] : longestFirst(lengths[0]!, lengths[1]!, room);
    const cut = texts.map((ids, i) => {
      if (ids.length === kept[i]) return ids;
      return this.#truncateLeft ? ids.slice(ids.length - kept[i]!) : ids.slice(0, kept[i]);
    });
    const cutTokens = lengths.reduce((sum, length, i) => sum + length - kept[i]!, 0);
    const encoding = this.#assemble(template, cut);
    return { ...encoding, fullLength: encoding.inputIds.length + cutTokens };
  }

  /**
   * Words of one text, for tagging: each is encoded by itself, and the end is cut to `maxLength`.
   * @throws Error when not even the special tokens fit.
   */
  encodeWords(words: readonly string[], maxLength: number): WordEncoding {
    const template = this.#template.single;
    const room = roomFor(template, maxLength);
    const before = specialCount(
      template.slice(
        0,
        template.findIndex(({ kind }) => kind === 'text'),
      ),
    );
    const ids: number[] = [];
    const firstTokens = words.map((word) => {
      const start = ids.length;
      for (const id of this.#ids(word, true)) ids.push(id);
      return ids.length > start && start < room ? start + before : -1;
    });
    const encoding = this.#assemble(template, [ids.slice(0, room)]);
    return { ...encoding, firstTokens, fullLength: encoding.inputIds.length + Math.max(0, ids.length - room) };
  }

  /** The token that an id stands for. */
  token(id: number): string | undefined {
    return this.#tokens.get(id);
  }

  #assemble(
    template: readonly TemplateItem[],
    texts: readonly (readonly number[])[],
  ): Pick<Encoding, 'inputIds' | 'tokenTypeIds'> {
    const inputIds: number[] = [];
    const tokenTypeIds: number[] = [];
    for (const entry of template) {
      const ids = entry.kind === 'special' ? entry.ids : texts[entry.text]!;
      for (const id of ids) {
        inputIds.push(id);
        tokenTypeIds.push(this.#hasTypes ? entry.type : 0);
      }
    }
    return { inputIds, tokenTypeIds };
  }

  #ids(text: string, isWord: boolean): readonly number[] {
    const parts = pieces(text, this.#piecewise);
    if (parts.length === 1) return this.#piece(parts[0]!, isWord);
    const ids: number[] = [];
    for (const part of parts) for (const id of this.#piece(part, isWord)) ids.push(id);
    return ids;
  }

  #piece(piece: string, isWord: boolean): readonly number[] {
    const cache = isWord ? this.#wordCache : this.#cache;
    const known = cache.get(piece);
    if (known) return known;
    const ids = isWord ? this.#encodeWord(piece) : this.#encodeText(piece);
    if (piece.length <= longestCachedPiece) {
      if (cache.size >= cachedPieces) cache.clear();
      // A copy: the piece itself would keep the whole block of the file alive that it was cut from.
      cache.set(Buffer.from(piece, 'utf16le').toString('utf16le'), ids);
    }
    return ids;
  }
}

/**
 * Loads the tokenizer of a Hugging Face model folder.
 * @param rows of the model's word table, where a model is to read its ids
 * @throws DataError when the folder has none, one that cannot be understood, or one with ids beyond the model's rows.
 */
export async function loadTokenizer(folder: string, rows = Number.POSITIVE_INFINITY): Promise<TextTokenizer> {
  const files = await readTokenizerFiles(folder);
  const tokenizer = new TextTokenizer(files);
  if (tokenizer.vocabularySize <= rows) return tokenizer;
  const id = tokenizer.vocabularySize - 1;
  const token = tokenizer.token(id);
  const name = token === undefined ? 'a special token' : `the token ${showJson(token)}`;
  throw new DataError(
    { file: files.file },
    `${name} has the id ${id}, the model's word table ${rows} rows (vocab_size of config.json)`,
    'take the token out, or give the table more rows: model.resize_token_embeddings(len(tokenizer)) in Python, and save both',
  );
}

function roomFor(template: readonly TemplateItem[], maxLength: number): number {
  const specials = specialCount(template);
  if (specials < maxLength) return maxLength - specials;
  throw new Error(
    `data.max_length: must be more than ${specials}, the number of special tokens, got ${maxLength}; set it higher`,
  );
}
