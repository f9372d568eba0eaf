import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { parseBoundedJson } from '../../files/boundedJson.ts';
import { sizeLimits } from '../../files/guardedFile.ts';
import { readOnce } from '../../files/oneReading.ts';
import { otherFile } from '../../files/otherFile.ts';
import { chatTemplateFile } from '../../hub/modelFiles.ts';
import { issueText } from '../../problems/issueText.ts';
import { DataError } from '../../tasks/rows/dataError.ts';
import { unreadable } from '../formats/bytes/unreadable.ts';
import { tokenizerModel } from './tokenizerModel.ts';

const token = z.union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)]).nullish();

const stops = z
  .looseObject({
    eos_token_id: z
      .union([z.int(), z.array(z.int())])
      .nullish()
      .catch(null),
  })
  .transform(({ eos_token_id: ids }) => (ids == null ? undefined : [ids].flat()));

/** What of `tokenizer_config.json` changes the ids; the rest is passed over. */
const tokenizerConfig = z.looseObject({
  do_lower_case: z.boolean().optional(),
  strip_accents: z.boolean().nullish(),
  tokenize_chinese_chars: z.boolean().optional(),
  add_prefix_space: z.boolean().optional(),
  truncation_side: z.enum(['left', 'right']).optional(),
  /** What the model is given; all that the template says where it is absent. */
  model_input_names: z.array(z.string()).optional(),
  bos_token: token,
  eos_token: token,
  unk_token: token,
  sep_token: token,
  pad_token: token,
  cls_token: token,
  mask_token: token,
  /** One template, or several with names. */
  chat_template: z.union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))]).nullish(),
});
export type TokenizerConfig = z.infer<typeof tokenizerConfig>;

const component = z.looseObject({ type: z.string() }).nullable().default(null);

const addedToken = z.looseObject({
  id: z.int().nonnegative(),
  content: z.string(),
  special: z.boolean().default(false),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  normalized: z.boolean().optional(),
});

/** `tokenizer.json`: what turns text into ids. */
const tokenizerJson = z.looseObject({
  added_tokens: z
    .array(addedToken)
    .default([])
    .transform((tokens) => tokens.map((token) => ({ ...token, normalized: token.normalized ?? !token.special }))),
  normalizer: component,
  pre_tokenizer: component,
  post_processor: component,
  decoder: component,
  model: tokenizerModel,
});
export type TokenizerJson = z.infer<typeof tokenizerJson>;

export interface TokenizerFiles {
  /** The file that the definition came from. */
  readonly file: string;
  readonly definition: TokenizerJson;
  readonly config: TokenizerConfig;
  /** Tokens that end a text, beside the tokenizer's own. */
  readonly stopTokenIds: readonly number[];
  /** How the model's conversations are written, as Jinja. */
  readonly chatTemplate: ChatTemplateFile | undefined;
}

export interface ChatTemplateFile {
  readonly file: string;
  readonly source: string;
}

/**
 * Reads what says how text becomes ids from a model folder: `tokenizer.json` with `tokenizer_config.json` and
 * `special_tokens_map.json` where they are, else a WordPiece `vocab.txt`.
 * @throws DataError when none is there, or one cannot be understood.
 */
export async function readTokenizerFiles(folder: string): Promise<TokenizerFiles> {
  const [map, own] = await Promise.all(
    ['special_tokens_map.json', 'tokenizer_config.json'].map((name) => readJson(join(folder, name), tokenizerConfig)),
  );
  const config = { ...map, ...own };
  const stopTokenIds =
    (await readJson(join(folder, 'generation_config.json'), stops)) ??
    (await readJson(join(folder, 'config.json'), stops)) ??
    [];
  const rest = { config, stopTokenIds, chatTemplate: await readChatTemplate(folder, config) };
  const file = join(folder, 'tokenizer.json');
  const definition = await readJson(file, tokenizerJson);
  if (definition) return { file, definition: withConfig(definition, config), ...rest };
  const vocabularyFile = join(folder, 'vocab.txt');
  const vocabulary = await readOptional(vocabularyFile, 'text');
  if (vocabulary !== undefined) {
    return { file: vocabularyFile, definition: wordPiece(vocabularyFile, vocabulary, config), ...rest };
  }
  const pieces = sentencePieceFiles.find((name) => existsSync(join(folder, name)));
  const got = pieces === undefined ? 'neither' : `${pieces} alone, which is not read`;
  throw new DataError({ file: folder }, `must hold tokenizer.json or vocab.txt, got ${got}`, makingTokenizer(folder));
}

/** SentencePiece's own file, of models whose `tokenizer.json` says the same. */
const sentencePieceFiles = ['sentencepiece.bpe.model', 'spiece.model', 'spm.model', 'tokenizer.model'] as const;

/** A file of its own goes before the config; of several templates, the one named `default` is meant. */
async function readChatTemplate(folder: string, config: TokenizerConfig): Promise<ChatTemplateFile | undefined> {
  const file = join(folder, chatTemplateFile);
  const own = await readOptional(file, 'text');
  if (own !== undefined) return { file, source: own };
  const { chat_template: named } = config;
  const source = Array.isArray(named) ? named.find(({ name }) => name === 'default')?.template : named;
  return source == null ? undefined : { file: join(folder, 'tokenizer_config.json'), source };
}

/** In Python: beside the model, or, of the hub's cache, in a folder of its own with the model. */
function makingTokenizer(folder: string): string {
  if (!/[/\\]snapshots[/\\][0-9a-f]{40}$/.test(folder)) {
    return `make it there with: python -c "from transformers import AutoTokenizer as T; T.from_pretrained('.').save_pretrained('.')"`;
  }
  const save = "[C.from_pretrained(m).save_pretrained('converted') for C in (T, M)]";
  return `name a folder of your own, made with: python -c "from transformers import AutoTokenizer as T, AutoModel as M; m = '${folder}'; ${save}" (AutoModelForSequenceClassification and the like keep a head)`;
}

/** `tokenizer_config.json` has the last word over the definition, as in transformers. */
function withConfig(definition: TokenizerJson, config: TokenizerConfig): TokenizerJson {
  const { normalizer, pre_tokenizer: preTokenizer } = definition;
  const result = { ...definition };
  if (normalizer?.type === 'BertNormalizer') {
    result.normalizer = {
      ...normalizer,
      ...(config.do_lower_case !== undefined && { lowercase: config.do_lower_case }),
      ...(config.strip_accents !== undefined && { strip_accents: config.strip_accents }),
      ...(config.tokenize_chinese_chars !== undefined && { handle_chinese_chars: config.tokenize_chinese_chars }),
    };
  }
  if (preTokenizer?.type === 'ByteLevel' && config.add_prefix_space !== undefined) {
    result.pre_tokenizer = { ...preTokenizer, add_prefix_space: config.add_prefix_space };
  }
  return result;
}

/**
 * BERT's tokenizer over a `vocab.txt`: one token a line, its id the line's number from 0.
 * @throws DataError when a token that BERT needs is not in it.
 */
function wordPiece(file: string, text: string, config: TokenizerConfig): TokenizerJson {
  const tokens = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const vocab = Object.fromEntries(tokens.map((content, id) => [content, id]));
  const specials = {
    unk: config.unk_token ?? '[UNK]',
    sep: config.sep_token ?? '[SEP]',
    pad: config.pad_token ?? '[PAD]',
    cls: config.cls_token ?? '[CLS]',
    mask: config.mask_token ?? '[MASK]',
  };
  const idOf = (content: string): number => {
    if (Object.hasOwn(vocab, content)) return vocab[content]!;
    throw new DataError(
      { file },
      `must hold the token ${content}, got ${tokens.length} tokens without it`,
      'use the vocab.txt that belongs to the model',
    );
  };
  return parseTokenizer(file, {
    added_tokens: Object.values(specials).map((content) => ({ id: idOf(content), content, special: true })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: config.tokenize_chinese_chars ?? true,
      strip_accents: config.strip_accents ?? null,
      lowercase: config.do_lower_case ?? true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'BertProcessing',
      cls: [specials.cls, idOf(specials.cls)],
      sep: [specials.sep, idOf(specials.sep)],
    },
    model: {
      type: 'WordPiece',
      unk_token: specials.unk,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  });
}

async function readOptional(file: string, kind: 'text' | 'JSON'): Promise<string | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readOnce(file, sizeLimits.tokenizer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(file, error);
  }
  const other = otherFile(bytes);
  if (other) throw new DataError({ file }, `must be ${kind}, got ${other.what}`, other.cure);
  return String(bytes);
}

async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readOptional(file, 'JSON');
  if (text === undefined) return undefined;
  try {
    return parsed(file, parseBoundedJson(text), schema);
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError({ file }, `must be JSON (${(error as Error).message})`, again, { cause: error });
  }
}

const again = 'fetch or save the tokenizer again';

function parsed<T>(file: string, value: unknown, schema: z.ZodType<T>): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new DataError({ file }, issueText(result.error.issues[0]!, value), again);
}

/** What `tokenizer.json` says. @throws DataError */
export const parseTokenizer = (file: string, value: unknown): TokenizerJson => parsed(file, value, tokenizerJson);
