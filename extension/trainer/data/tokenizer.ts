import { Tokenizer } from '@huggingface/tokenizers';
import { DataError } from './dataError.ts';
import { ExactBertNormalizer, ExactBertPreTokenizer, ExactByteLevelPreTokenizer, singlySpaced } from './exactText.ts';
import {
  longestFirst,
  type SequenceTemplate,
  sequenceTemplate,
  specialCount,
  type TemplateItem,
} from './sequenceTemplate.ts';
import { readTokenizerFiles, type TokenizerFiles } from './tokenizerFiles.ts';

/** Ids of one or two texts with special tokens, ready for a model. */
export interface Encoding {
  readonly inputIds: readonly number[];
  readonly tokenTypeIds: readonly number[];
  /** Whether something was cut to fit. */
  readonly truncated: boolean;
}

export interface WordEncoding extends Encoding {
  /** Where each word's first token stands; −1 for a word that was cut off or has no token at all. */
  readonly firstTokens: readonly number[];
}

/** How much of the text a pre-tokenizer lets be looked up piece by piece with the same result; see `pieces`. */
type Piecewise = 'words' | 'spaced-words' | 'no';

const cachedPieces = 1 << 17;
const longestCachedPiece = 64;

/**
 * Turns text into a model's token ids: the same ids as Python's `tokenizers` with truncation `longest_first`. Words are
 * looked up in a bounded cache, so that large files cost little more than reading them.
 */
export class TextTokenizer {
  /** Token ids run from 0 to this, exclusive. */
  readonly vocabularySize: number;
  readonly padTokenId: number | undefined;
  readonly maskTokenId: number | undefined;
  /** Special tokens with a role of their own ([CLS], [SEP], [PAD], [MASK] …, not [UNK]): never to be predicted. */
  readonly structuralIds: ReadonlySet<number>;
  readonly #tokenizer: Tokenizer;
  readonly #template: SequenceTemplate;
  readonly #truncateLeft: boolean;
  readonly #piecewise: Piecewise;
  /** The pre-tokenizer of a model that tells words by the space before them. */
  readonly #byteLevel: ExactByteLevelPreTokenizer | undefined;
  readonly #spaceBeforeText: boolean;
  readonly #cache = new Map<string, readonly number[]>();
  readonly #wordCache: Map<string, readonly number[]>;

  /** @throws DataError when the files ask for something unknown. */
  constructor({ file, definition, config }: TokenizerFiles) {
    try {
      this.#tokenizer = new Tokenizer(definition, config);
      this.#template = sequenceTemplate(definition.post_processor);
    } catch (error) {
      const rule = `the tokenizer cannot be built (${(error as Error).message})`;
      throw new DataError({ file }, rule, 'save it with a current version of transformers', { cause: error });
    }
    const { normalizer, pre_tokenizer: preTokenizer, added_tokens: added } = definition;
    if (normalizer?.type === 'BertNormalizer') {
      this.#tokenizer.normalizer = new ExactBertNormalizer({ ...normalizer, type: 'BertNormalizer' });
    }
    if (preTokenizer?.type === 'BertPreTokenizer') this.#tokenizer.pre_tokenizer = new ExactBertPreTokenizer();
    this.#spaceBeforeText = preTokenizer?.type === 'ByteLevel' && preTokenizer.add_prefix_space === true;
    if (preTokenizer?.type === 'ByteLevel') {
      this.#byteLevel = new ExactByteLevelPreTokenizer({ ...preTokenizer, type: 'ByteLevel' });
      this.#tokenizer.pre_tokenizer = this.#byteLevel;
    }
    this.#wordCache = this.#byteLevel && !this.#spaceBeforeText ? new Map() : this.#cache;
    const { vocab } = definition.model;
    const ids = Array.isArray(vocab) ? [vocab.length - 1] : Object.values(vocab);
    this.vocabularySize =
      added.reduce(
        (most, { id }) => Math.max(most, id),
        ids.reduce((a, b) => Math.max(a, b), -1),
      ) + 1;
    const idOf = (token: string | null | undefined) => (token == null ? undefined : this.#tokenizer.token_to_id(token));
    this.padTokenId = idOf(config.pad_token) ?? idOf('[PAD]') ?? idOf('<pad>');
    this.maskTokenId = idOf(config.mask_token) ?? idOf('[MASK]') ?? idOf('<mask>');
    const unknown = idOf(config.unk_token) ?? idOf('[UNK]') ?? idOf('<unk>');
    const template = [...this.#template.single, ...this.#template.pair];
    this.structuralIds = new Set(
      [
        ...template.flatMap((entry) => (entry.kind === 'special' ? entry.ids : [])),
        ...added.filter(({ special }) => special).map(({ id }) => id),
      ].filter((id) => id !== unknown),
    );
    this.#truncateLeft = config.truncation_side === 'left';
    this.#piecewise = piecewise({ definition });
  }

  /**
   * One text, or two, cut to `maxLength` tokens with the special ones.
   * @throws RangeError when not even the special tokens fit.
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
    return { ...assemble(template, cut), truncated: lengths.some((length, i) => length > kept[i]!) };
  }

  /**
   * Words of one text, for tagging: each is encoded by itself, and the end is cut to `maxLength`.
   * @throws RangeError when not even the special tokens fit.
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
    return { ...assemble(template, [ids.slice(0, room)]), firstTokens, truncated: ids.length > room };
  }

  /** The token that an id stands for. */
  token(id: number): string | undefined {
    return this.#tokenizer.id_to_token(id);
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
    // A word of a list stands after a space, whatever the model does with the beginning of a text.
    if (this.#byteLevel) this.#byteLevel.add_prefix_space = isWord || this.#spaceBeforeText;
    const { ids } = this.#tokenizer.encode(piece, { add_special_tokens: false });
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
 * @throws DataError when the folder has none, or one that cannot be understood.
 */
export async function loadTokenizer(folder: string): Promise<TextTokenizer> {
  return new TextTokenizer(await readTokenizerFiles(folder));
}

function piecewise({ definition }: Pick<TokenizerFiles, 'definition'>): Piecewise {
  const { normalizer, pre_tokenizer: preTokenizer, added_tokens: added } = definition;
  if (added.some((token) => /\s/.test(token.content) || token.rstrip === true)) return 'no';
  if (normalizer?.type === 'BertNormalizer' && preTokenizer?.type === 'BertPreTokenizer') return 'words';
  const byteLevel = preTokenizer?.type === 'ByteLevel' && preTokenizer.use_regex !== false;
  return normalizer === null && byteLevel ? 'spaced-words' : 'no';
}

/**
 * Cuts text where the tokenizer certainly cuts too: BERT's at every space; byte-level ones before every single space
 * between words (runs of white space are grouped in ways of their own, so such texts stay whole).
 */
function pieces(text: string, how: Piecewise): readonly string[] {
  if (how === 'words') return text.split(' ').filter((piece) => piece !== '');
  if (how === 'spaced-words' && singlySpaced.test(text)) {
    return text.split(' ').map((word, i) => (i === 0 ? word : ` ${word}`));
  }
  return [text];
}

function roomFor(template: readonly TemplateItem[], maxLength: number): number {
  const specials = specialCount(template);
  if (specials < maxLength) return maxLength - specials;
  throw new RangeError(
    `data.max_length: must be more than ${specials}, the number of special tokens, got ${maxLength}; set it higher`,
  );
}

function assemble(
  template: readonly TemplateItem[],
  texts: readonly (readonly number[])[],
): Pick<Encoding, 'inputIds' | 'tokenTypeIds'> {
  const inputIds: number[] = [];
  const tokenTypeIds: number[] = [];
  for (const entry of template) {
    const ids = entry.kind === 'special' ? entry.ids : texts[entry.text]!;
    for (const id of ids) {
      inputIds.push(id);
      tokenTypeIds.push(entry.type);
    }
  }
  return { inputIds, tokenTypeIds };
}
