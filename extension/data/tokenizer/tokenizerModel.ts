import { BPE, Unigram } from '@huggingface/tokenizers';
import * as z from 'zod';

const id = z.int().nonnegative();

/**
 * A schema for values of very many parts, which a loop finds right many times as fast; what it finds wrong the schema tells.
 */
const atOnce = <T>(schema: z.ZodType<T>, isRight: (value: unknown) => value is T) =>
  z.unknown().transform((value, { issues }): T => {
    if (isRight(value)) return value;
    for (const issue of schema.safeParse(value).error?.issues ?? []) issues.push({ ...issue, input: value } as never);
    return z.NEVER;
  });

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const vocabulary = atOnce(
  z.record(z.string(), id),
  (value): value is Record<string, number> =>
    isObject(value) && Object.values(value).every((one) => Number.isSafeInteger(one) && (one as number) >= 0),
);
const merges = atOnce(
  z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
  (value): value is (string | [string, string])[] => Array.isArray(value) && value.every(isMerge),
);
const scores = atOnce(
  z.array(z.tuple([z.string(), z.number()])).min(1),
  (value): value is [string, number][] => Array.isArray(value) && value.length > 0 && value.every(isScore),
);
const isScore = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && Number.isFinite(value[1]);
const isMerge = (value: unknown): boolean =>
  typeof value === 'string' ||
  (Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string'));
/** Real ones say 100; the time for a word grows with it. */
const mostWordCharacters = 10_000;

const wordPiece = z.looseObject({
  type: z.literal('WordPiece'),
  vocab: vocabulary,
  unk_token: z.string(),
  continuing_subword_prefix: z.string().default('##'),
  max_input_chars_per_word: z.int().min(1).max(mostWordCharacters).default(100),
});
const wordLevel = z.looseObject({ type: z.literal('WordLevel'), vocab: vocabulary, unk_token: z.string() });
const bpe = z.looseObject({
  type: z.literal('BPE'),
  vocab: vocabulary,
  merges,
  unk_token: z.string().nullish(),
  dropout: z.literal([0, null], { error: 'must be null: it makes ids random' }).optional(),
  continuing_subword_prefix: z.literal(['', null], { error: 'must be null, it is not known to be exact' }).optional(),
  end_of_word_suffix: z.string().nullish(),
  fuse_unk: z.boolean().default(false),
  byte_fallback: z.boolean().default(false),
  ignore_merges: z.boolean().default(false),
});
const unigram = z.looseObject({
  type: z.literal('Unigram'),
  vocab: scores,
  unk_id: id.nullish(),
  byte_fallback: z.literal(false, { error: 'must be false, it is not known to be exact' }).optional(),
});

/** What of `tokenizer.json` turns a word into ids. */
export const tokenizerModel = z.preprocess(
  withType,
  z.discriminatedUnion('type', [wordPiece, wordLevel, bpe, unigram]),
);
type TokenizerModel = z.infer<typeof tokenizerModel>;

/** Older files do not name the type; as Python's `tokenizers`, by what else there is. */
function withType(model: unknown): unknown {
  if (typeof model !== 'object' || model === null || 'type' in model) return model;
  const isUnigram = 'vocab' in model && Array.isArray(model.vocab);
  const type = isUnigram
    ? 'Unigram'
    : 'merges' in model
      ? 'BPE'
      : 'continuing_subword_prefix' in model
        ? 'WordPiece'
        : 'WordLevel';
  return { type, ...model };
}

/** Each token of the model with its id; later ones win. */
export const vocabularyOf = (model: TokenizerModel): ReadonlyMap<string, number> =>
  new Map(model.type === 'Unigram' ? model.vocab.map(([token], i) => [token, i]) : Object.entries(model.vocab));

/** The token of words that the model does not know. @param ids of the model's tokens */
export function unknownIdOf(model: TokenizerModel, ids: ReadonlyMap<string, number>): number | undefined {
  if (model.type === 'Unigram') return model.unk_id ?? undefined;
  return model.unk_token == null ? undefined : ids.get(model.unk_token);
}

/**
 * Turns a word into ids.
 * @param ids of the model's tokens
 * @throws Error when unknown words would have no id
 */
export function wordEncoder(
  model: TokenizerModel,
  ids: ReadonlyMap<string, number>,
): (word: string) => readonly number[] {
  if (model.type !== 'Unigram' && model.unk_token != null && !ids.has(model.unk_token)) {
    throw new Error(
      `model.unk_token: must be in the vocabulary, got ${JSON.stringify(model.unk_token)}, which is not among its ${ids.size} tokens`,
    );
  }
  switch (model.type) {
    case 'WordPiece':
      return wordPieces(model, ids);
    case 'WordLevel':
      return (word) => [ids.get(word) ?? ids.get(model.unk_token)!];
    case 'BPE': {
      demandMerges(model.merges, ids);
      // Made for the first word: whoever only checks a model encodes none.
      let library: BPE | undefined;
      const encode = (word: string) => {
        library ??= new BPE(model as unknown as ConstructorParameters<typeof BPE>[0]);
        return library([word]).map((token) => ids.get(token)!);
      };
      if (model.unk_token != null || model.byte_fallback) return encode;
      if (model.end_of_word_suffix) {
        throw new Error('model.unk_token: must be there beside end_of_word_suffix, got none');
      }
      // What has no token is left out before neighbours are joined.
      return (word) => encode(Array.from(word, (character) => (ids.has(character) ? character : '')).join(''));
    }
    case 'Unigram': {
      const { unk_id: unknown } = model;
      if (unknown == null || unknown >= model.vocab.length) {
        throw new Error(`model.unk_id: must be below ${model.vocab.length}, got ${unknown ?? 'none'}`);
      }
      const library = new Unigram(model as unknown as ConstructorParameters<typeof Unigram>[0], '');
      return (word) => library([word]).map((token) => ids.get(token) ?? unknown);
    }
  }
}

/** @throws Error for a merge that joins or makes what is no token: its words would be left out, or be cut otherwise */
function demandMerges(merges: z.infer<typeof bpe>['merges'], ids: ReadonlyMap<string, number>): void {
  for (const [i, merge] of merges.entries()) {
    const parts = typeof merge === 'string' ? merge.split(' ') : merge;
    const [left, right] = parts;
    if (parts.length === 2 && ids.has(left!) && ids.has(right!) && ids.has(left! + right!)) continue;
    throw new Error(
      `model.merges.${i}: must be two tokens of the vocabulary whose join is a third, got ${JSON.stringify(merge)}`,
    );
  }
}

/** From the left always the longest token; a word that has none somewhere, or is too long, is unknown. */
function wordPieces(
  model: z.infer<typeof wordPiece>,
  ids: ReadonlyMap<string, number>,
): (word: string) => readonly number[] {
  const { continuing_subword_prefix: prefix, max_input_chars_per_word: most } = model;
  const unknown = [ids.get(model.unk_token)!];
  let longest = 0;
  for (const token of ids.keys()) longest = Math.max(longest, token.length);
  return (word) => {
    const characters = Array.from(word);
    if (characters.length > most) return unknown;
    const found: number[] = [];
    for (let start = 0; start < characters.length; ) {
      let end = Math.min(characters.length, start + longest);
      let piece: number | undefined;
      for (; end > start; end--) {
        piece = ids.get((start > 0 ? prefix : '') + characters.slice(start, end).join(''));
        if (piece !== undefined) break;
      }
      if (piece === undefined) return unknown;
      found.push(piece);
      start = end;
    }
    return found;
  };
}
