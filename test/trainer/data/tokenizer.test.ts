import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTokenizer, type TextTokenizer } from '../../../extension/trainer/data/tokenizer.ts';
import golden from '../../golden/tokenizers/cases.json' with { type: 'json' };

const goldenFolder = join(import.meta.dirname, '../../golden/tokenizers');

interface TextCase {
  readonly text: string;
  readonly pair?: string;
  readonly maxLength: number;
  readonly inputIds: readonly number[];
  readonly tokenTypeIds: readonly number[];
}

describe.each(['wordpiece', 'bytelevel'] as const)('%s', (name) => {
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

  it('says whether something was cut', () => {
    expect(tokenizer.encode('bake lemo dina kora', undefined, 5).truncated).toBe(true);
    expect(tokenizer.encode('bake lemo', undefined, 64).truncated).toBe(false);
    expect(tokenizer.encodeWords(['bake', 'lemo', 'dina', 'kora'], 4).truncated).toBe(true);
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

  it('without a tokenizer are refused with the way to make one', async () => {
    await expect(loadTokenizer(folder)).rejects.toThrow(
      `${folder}: must hold tokenizer.json or vocab.txt, got neither; make it with transformers`,
    );
  });

  it('with a vocab.txt for something else are refused', async () => {
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

  it.each([
    ['{', 'must be JSON'],
    [{ model: { vocab: 3 } }, 'model.vocab: Invalid input'],
    [{ model: { type: 'Novel', vocab: {} } }, 'model.type: Invalid option'],
    [
      { model: { type: 'BPE', vocab: {}, merges: [] }, post_processor: { type: 'Odd' } },
      'Unknown PostProcessor type: Odd',
    ],
  ])('with the tokenizer.json %j are refused', async (content, message) => {
    await write('tokenizer.json', content);
    await expect(loadTokenizer(folder)).rejects.toThrow(`${join(folder, 'tokenizer.json')}: `);
    await expect(loadTokenizer(folder)).rejects.toThrow(message);
  });
});
