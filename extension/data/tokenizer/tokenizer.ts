import { showJson } from '../../problems/showValue.ts';
import { UserError } from '../../problems/userError.ts';
import { answerEnd } from '../../tasks/rows/answerEnd.ts';
import type { ChatTemplate } from '../../tasks/rows/chat.ts';
import { DataError } from '../../tasks/rows/dataError.ts';
import type { Encoding, Tokenizer, WordEncoding } from '../../tasks/rows/tokenizer.ts';
import { compileChatTemplate } from './chatTemplate.ts';
import { decoderOf } from './decoders.ts';
import { DecodeStream } from './decodeStream.ts';
import {
  longestFirst,
  type SequenceTemplate,
  sequenceTemplate,
  specialCount,
  type TemplateItem,
} from './sequenceTemplate.ts';
import { remembering } from './text/remembering.ts';
import { otherTokenizer, type Piecewise, pieces, piecewise, spacedWords, textToIds } from './textToIds.ts';
import { readTokenizerFiles, type TokenizerFiles } from './tokenizerFiles.ts';
import { unknownIdOf, vocabularyOf, wordEncoder } from './tokenizerModel.ts';

/**
 * Turns text into a model's token ids: the same ids as Python's `tokenizers` with truncation `longest_first`. Words are
 * looked up in a bounded cache, so that large files cost little more than reading them.
 */
export class TextTokenizer implements Tokenizer {
  /** Token ids run from 0 to this, exclusive. */
  readonly vocabularySize: number;
  readonly padTokenId: number | undefined;
  readonly maskTokenId: number | undefined;
  readonly bosTokenId: number | undefined;
  readonly eosTokenId: number | undefined;
  readonly unknownTokenId: number | undefined;
  /** Tokens that end a generated text, as `generation_config.json`, `config.json` and the tokenizer name them. */
  readonly stopTokenIds: ReadonlySet<number>;
  /** Special tokens with a role of their own ([CLS], [SEP], [PAD], [MASK] …, not [UNK]): never to be predicted. */
  readonly structuralIds: ReadonlySet<number>;
  readonly #chat: () => ChatTemplate | undefined;
  #compiled: ChatTemplate | undefined;
  #answerStops: ReadonlySet<number> | undefined;
  readonly #tokens = new Map<number, string>();
  readonly #template: SequenceTemplate;
  readonly #truncateLeft: boolean;
  readonly #hasTypes: boolean;
  readonly #piecewise: Piecewise;
  readonly #encodeText: (text: string) => readonly number[];
  /** A word of a list stands after a space, whatever the model does with the beginning of a text. */
  readonly #encodeWord: (word: string) => readonly number[];
  readonly #decode: (tokens: readonly string[]) => string;
  readonly #special: ReadonlySet<number>;

  /** @throws DataError when the files ask for something that is not known to be exact. */
  constructor({ file, definition, config, stopTokenIds, chatTemplate }: TokenizerFiles) {
    const { pre_tokenizer: preTokenizer, added_tokens: added, model } = definition;
    const spaced = spacedWords(preTokenizer);
    const vocabulary = vocabularyOf(model);
    try {
      this.#template = sequenceTemplate(definition.post_processor);
      const encodeWord = remembering(wordEncoder(model, vocabulary));
      const encoder = (divide: typeof preTokenizer) => remembering(textToIds(file, definition, divide, encodeWord));
      this.#encodeText = encoder(preTokenizer);
      this.#encodeWord = spaced === undefined ? this.#encodeText : encoder(spaced);
      this.#decode = decoderOf(definition.decoder);
    } catch (error) {
      if (error instanceof DataError) throw error;
      throw new DataError({ file }, (error as Error).message, otherTokenizer, { cause: error });
    }
    for (const [token, id] of vocabulary) this.#tokens.set(id, token);
    for (const { content, id } of added) this.#tokens.set(id, content);
    const addedIds = new Map(added.map(({ content, id }) => [content, id]));
    const idOf = (token: string | null | undefined) =>
      token == null ? undefined : (addedIds.get(token) ?? vocabulary.get(token));
    this.padTokenId = idOf(config.pad_token) ?? idOf('[PAD]') ?? idOf('<pad>');
    this.maskTokenId = idOf(config.mask_token) ?? idOf('[MASK]') ?? idOf('<mask>');
    this.bosTokenId = idOf(config.bos_token);
    this.eosTokenId = idOf(config.eos_token);
    this.stopTokenIds = new Set(this.eosTokenId === undefined ? stopTokenIds : [...stopTokenIds, this.eosTokenId]);
    const unknown = idOf(config.unk_token) ?? idOf('[UNK]') ?? idOf('<unk>');
    const template = [...this.#template.single, ...this.#template.pair];
    const templateIds = template.flatMap((entry) => (entry.kind === 'special' ? entry.ids : []));
    this.vocabularySize = [...this.#tokens.keys(), ...templateIds].reduce((most, id) => Math.max(most, id), -1) + 1;
    this.#special = new Set(added.filter(({ special }) => special).map(({ id }) => id));
    this.structuralIds = new Set([...templateIds, ...this.#special].filter((id) => id !== unknown));
    const unknownId = unknownIdOf(model, vocabulary);
    // Some name the end of a text here, which no word becomes.
    const isEnd = unknownId === this.eosTokenId || unknownId === this.bosTokenId;
    this.unknownTokenId = isEnd ? undefined : unknownId;
    this.#chat = () => chatTemplate && compileChatTemplate(chatTemplate, config);
    this.#truncateLeft = config.truncation_side === 'left';
    this.#hasTypes = config.model_input_names?.includes('token_type_ids') ?? true;
    this.#piecewise = piecewise(definition);
  }

  /**
   * One text, or two, cut to `maxLength` tokens with the special ones.
   * @throws UserError when not even the special tokens fit.
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
   * @throws UserError when not even the special tokens fit.
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

  /** The tokens of a text that holds its special ones already, as a chat template writes them: nothing is added or cut. */
  ids(text: string): readonly number[] {
    return this.#ids(text, false);
  }

  /** The text that ids stand for, as in Python with `clean_up_tokenization_spaces=False`; unknown ids have none. */
  decode(ids: Iterable<number>, { skipsSpecial = false }: { readonly skipsSpecial?: boolean } = {}): string {
    const tokens: string[] = [];
    for (const id of ids) {
      const token = this.#tokens.get(id);
      if (token !== undefined && !(skipsSpecial && this.#special.has(id))) tokens.push(token);
    }
    return this.#decode(tokens);
  }

  /** Text of tokens that come one by one: no character is given out before it is whole. */
  decodeStream(options: { readonly skipsSpecial?: boolean } = {}): DecodeStream {
    return new DecodeStream((ids) => this.decode(ids, options));
  }

  /**
   * How the model's conversations are written; undefined where it says nothing of them.
   * @throws DataError when that cannot be understood
   */
  get chatTemplate(): ChatTemplate | undefined {
    this.#compiled ??= this.#chat();
    return this.#compiled;
  }

  /** Tokens that end an answer in a conversation: those that end a text, and what the chat template writes behind one. */
  get answerStopIds(): ReadonlySet<number> {
    this.#answerStops ??= new Set([...this.stopTokenIds, ...[answerEnd(this) ?? []].flat()]);
    return this.#answerStops;
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
    const encode = isWord ? this.#encodeWord : this.#encodeText;
    const parts = pieces(text, this.#piecewise);
    if (parts.length === 1) return encode(parts[0]!);
    const ids: number[] = [];
    for (const part of parts) for (const id of encode(part)) ids.push(id);
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
  throw new UserError(
    `data.max_length: must be more than ${specials}, the number of special tokens, got ${maxLength}; set it higher`,
  );
}
