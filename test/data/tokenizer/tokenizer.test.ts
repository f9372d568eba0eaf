import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTokenizer, type TextTokenizer } from '../../../extension/data/tokenizer/tokenizer.ts';
import golden from '../../golden/tokenizers/cases.json' with { type: 'json' };
import decoders from '../../golden/tokenizers/decoders.json' with { type: 'json' };
import spacedWords from '../../golden/tokenizers/words.json' with { type: 'json' };

const goldenFolder = join(import.meta.dirname, '../../golden/tokenizers');

interface TextCase {
  readonly text: string;
  readonly pair?: string;
  readonly maxLength: number;
  readonly inputIds: readonly number[];
  readonly tokenTypeIds: readonly number[];
}

describe.each(['wordpiece', 'bytelevel', 'sentencepiece'] as const)('%s', (name) => {
  let tokenizer: TextTokenizer;
  beforeAll(async () => {
    tokenizer = await loadTokenizer(join(goldenFolder, name));
  });

  it.each(golden[name].texts as TextCase[])('encodes $text $pair within $maxLength', (one) => {
    const { inputIds, tokenTypeIds } = tokenizer.encode(one.text, one.pair, one.maxLength);
    expect({ inputIds, tokenTypeIds }).toEqual({ inputIds: one.inputIds, tokenTypeIds: one.tokenTypeIds });
  });

  it.each(golden[name].words)('encodes the words $words within $maxLength', (one) => {
    const { inputIds, firstTokens } = tokenizer.encodeWords(one.words, one.maxLength);
    expect({ inputIds, firstTokens }).toEqual({ inputIds: one.inputIds, firstTokens: one.firstTokens });
  });

  it('gives the same ids again from its cache', () => {
    for (const { text, pair, maxLength, inputIds } of golden[name].texts as TextCase[]) {
      expect(tokenizer.encode(text, pair, maxLength).inputIds).toEqual(inputIds);
    }
  });

  it('tells how long a text is with nothing cut', () => {
    const whole = (text: string) => tokenizer.encode(text, undefined, 64);
    expect(tokenizer.encode('bake lemo dina kora', undefined, 5).fullLength).toBe(
      whole('bake lemo dina kora').inputIds.length,
    );
    expect(whole('bake lemo').fullLength).toBe(whole('bake lemo').inputIds.length);
    const words = ['bake', 'lemo', 'dina', 'kora'];
    expect(tokenizer.encodeWords(words, 4).fullLength).toBe(tokenizer.encodeWords(words, 64).inputIds.length);
  });

  it('refuses a length that not even the special tokens fit in', () => {
    expect(() => tokenizer.encode('bake', undefined, 2)).toThrow(
      'data.max_length: must be more than 2, the number of special tokens, got 2; set it higher',
    );
  });
});

describe('roles of tokens', () => {
  it('knows padding, mask and what is never predicted', async () => {
    const wordpiece = await loadTokenizer(join(goldenFolder, 'wordpiece'));
    const { padTokenId, maskTokenId, structuralIds, vocabularySize } = wordpiece;
    expect({ padTokenId, maskTokenId }).toEqual({ padTokenId: 0, maskTokenId: 4 });
    expect([...structuralIds].sort()).toEqual([0, 2, 3, 4]);
    expect(wordpiece.token(1)).toBe('[UNK]');
    expect(wordpiece.token(vocabularySize - 1)).toBeDefined();
    expect(wordpiece.token(vocabularySize)).toBeUndefined();
  });

  it.each([
    ['wordpiece', '[UNK]'],
    ['sentencepiece', '<unk>'],
    ['bytelevel', undefined],
  ])('knows the token of words that the model does not know: %s', async (name, token) => {
    const own = await loadTokenizer(join(goldenFolder, name));
    expect(own.unknownTokenId === undefined ? undefined : own.token(own.unknownTokenId)).toBe(token);
  });
});

describe('a folder without tokenizer.json', () => {
  it('takes vocab.txt as BERT does', async () => {
    const tokenizer = await loadTokenizer(join(goldenFolder, 'vocabulary'));
    for (const { text, pair, maxLength, inputIds } of golden.wordpiece.texts as TextCase[]) {
      expect(tokenizer.encode(text, pair, maxLength).inputIds, text).toEqual(inputIds);
    }
  });
});

describe('folders', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peft-lab-tokenizer-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const write = (name: string, content: unknown) =>
    writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));

  it('refuses a folder without a tokenizer, and says how to make one', async () => {
    await expect(loadTokenizer(folder)).rejects.toThrow(
      `${folder}: must hold tokenizer.json or vocab.txt, got neither; make it there with: python -c "from transformers import`,
    );
  });

  it("names SentencePiece's own file, which it does not read, where that is all there is", async () => {
    const alone = await mkdtemp(join(folder, 'pieces-'));
    await writeFile(join(alone, 'sentencepiece.bpe.model'), 'pieces');
    await expect(loadTokenizer(alone)).rejects.toThrow(
      'must hold tokenizer.json or vocab.txt, got sentencepiece.bpe.model alone, which is not read; make it there with: python -c',
    );
  });

  it('refuses a folder whose vocab.txt is for something else', async () => {
    await write('vocab.txt', 'a\nb\n');
    await expect(loadTokenizer(folder)).rejects.toThrow(
      'vocab.txt: must hold the token [UNK], got 2 tokens without it;',
    );
  });

  it('have their case from tokenizer_config.json', async () => {
    await write('vocab.txt', '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nCat\ncat\n');
    expect((await loadTokenizer(folder)).encode('Cat', undefined, 8).inputIds).toEqual([2, 6, 3]);
    await write('tokenizer_config.json', { do_lower_case: false, truncation_side: 'left' });
    const cased = await loadTokenizer(folder);
    expect(cased.encode('Cat', undefined, 8).inputIds).toEqual([2, 5, 3]);
    expect(cased.encode('Cat cat', undefined, 3).inputIds).toEqual([2, 6, 3]);
  });

  it('name what lies in place of vocab.txt', async () => {
    await write('vocab.txt', 'version https://git-lfs.github.com/spec/v1\nsize 3\n');
    const message = `${join(folder, 'vocab.txt')}: must be text, got a pointer of Git LFS; fetch the file itself with git lfs`;
    await expect(loadTokenizer(folder)).rejects.toThrow(message);
  });

  it.each([
    ['{', 'must be JSON'],
    ['version https://git-lfs.github.com/spec/v1\nsize 3\n', 'must be JSON, got a pointer of Git LFS'],
    [{ model: { vocab: 3 } }, 'model.vocab: must be '],
    [{ model: { type: 'Novel', vocab: {} } }, 'model.type: must be one that is known, got "Novel"; fetch'],
    [
      { model: { type: 'BPE', vocab: {}, merges: [] }, post_processor: { type: 'Odd' } },
      'post_processor: must be one that is known to give the same ids as in Python (BertProcessing, ',
    ],
  ])('with the tokenizer.json %j are refused', async (content, message) => {
    await write('tokenizer.json', content);
    await expect(loadTokenizer(folder)).rejects.toThrow(`${join(folder, 'tokenizer.json')}: `);
    await expect(loadTokenizer(folder)).rejects.toThrow(message);
  });

  const wordPiece = { type: 'WordPiece', vocab: { '[UNK]': 0, a: 1, b: 2, '##a': 3 }, unk_token: '[UNK]' };
  const split = (Regex: string) => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated' });
  const replace = (pattern: object, content: string) => ({ type: 'Replace', pattern, content });
  it.each([
    [
      { model: { ...wordPiece, unk_token: '[unk]' } },
      'model.unk_token: must be in the vocabulary, got "[unk]", which is not among its 4 tokens',
    ],
    [{ model: { ...wordPiece, unk_token: undefined } }, 'model.unk_token: must be text, got nothing'],
    [
      { model: { ...wordPiece, max_input_chars_per_word: 'x' } },
      'model.max_input_chars_per_word: must be a number, got "x"',
    ],
    [{ model: { ...wordPiece, max_input_chars_per_word: 1e9 } }, 'model.max_input_chars_per_word: must be at most '],
    [{ model: { ...wordPiece, vocab: { a: -1 } } }, 'model.vocab.a: must be at least 0, got -1'],
    [
      { model: { type: 'BPE', vocab: {}, merges: [], dropout: 0.1 } },
      'model.dropout: must be null: it makes ids random',
    ],
    [
      { model: { type: 'BPE', vocab: { a: 0 }, merges: [], unk_token: 'u' } },
      'model.unk_token: must be in the vocabulary',
    ],
    [
      { model: { type: 'BPE', vocab: { a: 0, b: 1 }, merges: ['a b'] } },
      'model.merges.0: must be two tokens of the vocabulary whose join is a third, got "a b"',
    ],
    [
      {
        model: {
          type: 'BPE',
          vocab: { a: 0, b: 1, ab: 2 },
          merges: [
            ['a', 'b'],
            ['ab', 'c'],
          ],
        },
      },
      'model.merges.1: ',
    ],
    [{ model: { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b', 'ab'] } }, 'got "ab"'],
    [{ model: { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a  b'] } }, 'got "a  b"'],
    [{ model: { type: 'Unigram', vocab: [['a', -1]], unk_id: 1 } }, 'model.unk_id: must be below 1, got 1'],
    [{ model: { type: 'Unigram', vocab: [['a', -1]], byte_fallback: true } }, 'model.byte_fallback: must be false'],
    [
      { model: wordPiece, normalizer: { type: 'Precompiled', precompiled_charsmap: 'AAAA' } },
      'normalizer Precompiled: precompiled_charsmap: must hold the size of a trie, the trie and texts, got 3 bytes that do not',
    ],
    [
      { model: wordPiece, normalizer: { type: 'Nmt' } },
      'normalizer: must be one that is known to give the same ids as in Python (BertNormalizer, ',
    ],
    [{ model: wordPiece, normalizer: { type: 'Sequence', normalizers: [{ type: 'Nmt' }] } }, 'got Nmt'],
    [
      { model: wordPiece, pre_tokenizer: { type: 'UnicodeScripts' } },
      'pre_tokenizer: must be one that is known to give the same ids as in Python (BertPreTokenizer, ',
    ],
    [
      { model: wordPiece, pre_tokenizer: { type: 'Punctuation', behavior: 'Odd' } },
      'pre_tokenizer Punctuation: behavior: must be one of ',
    ],
    [
      { model: wordPiece, pre_tokenizer: split('(?i)a') },
      'pre_tokenizer Split: the pattern "(?i)a" must do without (?i, which is not known to match as in Python',
    ],
    [{ model: wordPiece, pre_tokenizer: split('a++') }, 'must do without ++'],
    [{ model: wordPiece, pre_tokenizer: split('[a[b]]') }, 'must do without sets in a class'],
    [{ model: wordPiece, pre_tokenizer: split('\\b') }, 'must do without \\b'],
    [{ model: wordPiece, pre_tokenizer: split('(a') }, 'cannot be read'],
  ])('with %j are refused by name', async (content, message) => {
    await write('tokenizer.json', content);
    await expect(loadTokenizer(folder)).rejects.toThrow(`${join(folder, 'tokenizer.json')}: `);
    await expect(loadTokenizer(folder)).rejects.toThrow(message);
  });

  it('refuses sequences nested in sequences of sequences', async () => {
    let normalizer: object = { type: 'NFC' };
    for (let i = 0; i < 6; i++) normalizer = { type: 'Sequence', normalizers: [normalizer] };
    await write('tokenizer.json', { model: wordPiece, normalizer });
    await expect(loadTokenizer(folder)).rejects.toThrow('normalizer: may nest 4 sequences, got more');
  });

  it.each([
    [
      'a pattern that goes back and forth',
      { pre_tokenizer: split('(a+)+$') },
      `${'a'.repeat(40)}b`,
      'pre_tokenizer Split: the pattern "(a+)+$" must find its matches within 2 s, got no end on a text of 41 characters',
    ],
    [
      'replacements that double the text again and again',
      {
        normalizer: { type: 'Sequence', normalizers: Array.from({ length: 30 }, () => replace({ String: 'a' }, 'aa')) },
      },
      'aaaa',
      'normalizer: a text must not become more than 16 times as long',
    ],
  ])('with %s are stopped', async (_, parts, text, message) => {
    await write('tokenizer.json', { model: wordPiece, ...parts });
    const tokenizer = await loadTokenizer(folder);
    expect(() => tokenizer.encode(text, undefined, 8)).toThrow(`${join(folder, 'tokenizer.json')}: ${message}`);
  });

  it('tell words that they do not know as unknown, whatever there is', async () => {
    await write('tokenizer.json', { model: wordPiece, pre_tokenizer: { type: 'WhitespaceSplit' } });
    const { inputIds } = (await loadTokenizer(folder)).encode('a aa ab zz __proto__ constructor', undefined, 100);
    expect(inputIds).toEqual([1, 1, 3, 0, 0, 0, 0]);
  });

  it('give the model the kinds of text only where they name them among its inputs', async () => {
    const post_processor = { type: 'BertProcessing', cls: ['a', 1], sep: ['b', 2] };
    const types = async (config: object) => {
      await write('tokenizer_config.json', config);
      return (await loadTokenizer(folder)).encode('a', 'b', 8).tokenTypeIds;
    };
    await write('tokenizer.json', { model: wordPiece, post_processor });
    expect(await types({})).toEqual([0, 0, 0, 1, 1]);
    expect(await types({ model_input_names: ['input_ids', 'token_type_ids'] })).toEqual([0, 0, 0, 1, 1]);
    expect(await types({ model_input_names: ['input_ids', 'attention_mask'] })).toEqual([0, 0, 0, 0, 0]);
  });

  it.each(['smollm2', 'llama3', 'qwen2', 'o200k'] as const)(
    'of %s read a list of words as plain text',
    async (name) => {
      const { definition } = decoders.tokenizers[name];
      await write('tokenizer.json', { ...definition, post_processor: null });
      const tokenizer = await loadTokenizer(folder);
      const ids = spacedWords.lists.map((words) => tokenizer.encodeWords(words, 512).inputIds);
      expect(ids).toEqual(spacedWords.ids[name]);
    },
  );

  it.each([
    ['generation_config.json', { 'generation_config.json': { eos_token_id: [7, 9] } }, [7, 9, 1]],
    ['config.json where that is silent', { 'config.json': { eos_token_id: 5 } }, [5, 1]],
    ['the tokenizer alone', { 'config.json': { eos_token_id: null } }, [1]],
  ])('know what ends a text from %s', async (_, files, stops) => {
    await write('tokenizer.json', { model: wordPiece });
    await write('tokenizer_config.json', { bos_token: { content: 'b' }, eos_token: 'a' });
    for (const [name, content] of Object.entries(files)) await write(name, content);
    const { bosTokenId, eosTokenId, stopTokenIds, padTokenId } = await loadTokenizer(folder);
    for (const name of ['tokenizer_config.json', ...Object.keys(files)]) await rm(join(folder, name));
    expect({ bosTokenId, eosTokenId, padTokenId }).toEqual({ bosTokenId: 2, eosTokenId: 1, padTokenId: undefined });
    expect([...stopTokenIds]).toEqual(stops);
  });

  it.each([
    ['in the vocabulary', {}, 3, 'the token "##a" has the id 3'],
    ['among the added ones', { added_tokens: [{ id: 4, content: '[NEW]' }] }, 4, 'the token "[NEW]" has the id 4'],
    [
      'in the template',
      { post_processor: { type: 'BertProcessing', cls: ['c', 9], sep: ['b', 2] } },
      9,
      'a special token has the id 9',
    ],
  ])('with a token %s that the model has no row for are refused with the way out', async (_, parts, rows, said) => {
    await write('tokenizer.json', { model: wordPiece, ...parts });
    await loadTokenizer(folder, rows + 1);
    await expect(loadTokenizer(folder, rows)).rejects.toThrow(
      `tokenizer.json: ${said}, the model's word table ${rows} rows (vocab_size of config.json); take the token out, or give the table more rows: `,
    );
  });
});
