import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTokenizer } from '../../extension/data/tokenizer/tokenizer.ts';
import { writeTokenizer } from '../../extension/export/merged.ts';
import { Random } from '../../extension/numbers/random.ts';
import { tunedModel } from '../support/tunedModels.ts';
import { Peer } from './peer.ts';
import { sentences } from './sentences.ts';

const hard = [
  '',
  ' ',
  '\t two\n\nlines\r\nand  many   spaces ',
  'Naïve café, Ångström, İstanbul, ẞtraße, ﬁne ½ №5',
  'ΣΊΣΥΦΟΣ Ελλάδα; Привет, мир! Łódź',
  '東京は日本の首都です。한국어 中文字符𠀀𪜀 ひらがなカタカナ',
  'العربية हिन्दी ไทย עִבְרִית தமிழ்',
  '😀👩‍👩‍👧🏳️‍🌈 ☺️🇩🇪 great 👍🏽!!!',
  'a\u0000b\u0007c\u200bd\ufeffe\u00adf\ufffdg\u2028h\u0085i\u00a0j\u3000k',
  "don't it's I'LL 'twas re-entry e-mail \"quoted\" (bracketed) [CLS] x [SEP] [MASK] [UNK] [PAD]",
  'https://example.org/a?b=c&d=e#f user.name+tag@example.co @handle #tag $3.50 100% a_b <br/> … — « »',
  'e\u0301 \u0301 n\u0303o a\u0308\u0323',
  'pneumonoultramicroscopicsilicovolcanoconiosis '.repeat(3),
  'x'.repeat(150),
  'supercalifragilistic'.repeat(30),
  `${sentences.join(' ')} `.repeat(6),
];

/** Words, and characters of many kinds, in random order, so that no case depends on somebody having thought of it. */
function randomTexts(count: number): string[] {
  const random = new Random(8, 'texts');
  const blocks = [
    [0x20, 0x7e],
    [0x20, 0x7e],
    [0x00, 0xff],
    [0x100, 0x24f],
    [0x300, 0x52f],
    [0x590, 0x6ff],
    [0x900, 0xe7f],
    [0x1e00, 0x20cf],
    [0x3000, 0x30ff],
    [0x4e00, 0x9fff],
    [0xac00, 0xd7a3],
    [0xf900, 0xffef],
    [0x1f300, 0x1faff],
    [0x20000, 0x2a6df],
  ] as const;
  const words = sentences.join(' ').split(' ');
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + random.nextInt(60) }, () => {
      if (random.nextFloat() < 0.2) return ' ';
      if (random.nextFloat() < 0.3) return words[random.nextInt(words.length)]!;
      const [first, last] = blocks[random.nextInt(blocks.length)]!;
      return String.fromCodePoint(first + random.nextInt(last - first + 1));
    }).join(''),
  );
}

let peer: Peer;
beforeAll(() => {
  peer = new Peer();
});
afterAll(() => peer.close());

const texts = [...hard, ...sentences, ...randomTexts(600)];
const cases = [
  ...texts.flatMap((text) => [512, 9].map((longest) => [text, null, longest] as const)),
  ...texts.map((text, i) => [text, texts[texts.length - 1 - i]!, [512, 24, 7][i % 3]!] as const),
];

describe("an exported tagger's folder", () => {
  it.each(['PreTrainedTokenizerFast', 'RobertaTokenizerFast'])(
    'has %s read words as they were trained',
    async (kind) => {
      const base = peer.path('base');
      cpSync(path.resolve('test/golden/tokenizers/bytelevel'), base, { recursive: true });
      const settings = path.join(base, 'tokenizer_config.json');
      writeFileSync(settings, JSON.stringify({ ...JSON.parse(readFileSync(settings, 'utf8')), tokenizer_class: kind }));
      const tuned = await tunedModel('roberta-token', 'ln-tuning');
      const folder = peer.path('tagger');
      mkdirSync(folder);
      await writeTokenizer(folder, { ...tuned, model: { ...tuned.model, folder: base } });
      const lists = sentences.map((text) => text.split(' '));
      const tokenizer = await loadTokenizer(base);
      const ours = lists.map((words) => tokenizer.encodeWords(words, 64).inputIds);
      expect(await peer.ask('encode_words', { folder, lists, longest: 64 })).toEqual(ours);
      // Without it they are read otherwise.
      expect(await peer.ask('encode_words', { folder: base, lists, longest: 64 })).not.toEqual(ours);
    },
  );

  it.each([
    ['smollm2', 'GPT2Tokenizer'],
    ['llama3', 'PreTrainedTokenizerFast'],
    ['qwen2', 'Qwen2Tokenizer'],
    ['o200k', 'TokenizersBackend'],
  ])('has transformers read words as they were trained with the tokenizer of %s, a %s', async (name, kind) => {
    const decoders = JSON.parse(readFileSync(path.resolve('test/golden/tokenizers/decoders.json'), 'utf8'));
    const [base, folder] = [peer.path(name), peer.path(`${name}-tagger`)];
    for (const made of [base, folder]) mkdirSync(made);
    writeFileSync(path.join(base, 'tokenizer.json'), JSON.stringify(decoders.tokenizers[name].definition));
    const settings = { tokenizer_class: kind, add_prefix_space: false };
    writeFileSync(path.join(base, 'tokenizer_config.json'), JSON.stringify(settings));
    const tuned = await tunedModel('roberta-token', 'ln-tuning');
    await writeTokenizer(folder, { ...tuned, model: { ...tuned.model, folder: base } });
    const lists = sentences.map((text) => text.split(' '));
    const tokenizer = await loadTokenizer(base);
    const ours = lists.map((words) => tokenizer.encodeWords(words, 64).inputIds);
    expect(await peer.ask('encode_words', { folder, lists, longest: 64 })).toEqual(ours);
  });
});

describe('token ids', () => {
  it.each([
    ['all-MiniLM-L6-v2', undefined],
    ['a small WordPiece', path.resolve('test/golden/tokenizers/wordpiece')],
    ['a small byte-level BPE', path.resolve('test/golden/tokenizers/bytelevel')],
    ['a small SentencePiece', path.resolve('test/golden/tokenizers/sentencepiece')],
  ])('equal those of transformers with %s', async (_, given) => {
    const folder = given ?? (await peer.ask<{ folder: string }>('minilm')).folder;
    const expected = await peer.ask<[number[], number[]][]>('encode', { folder, cases });
    const tokenizer = await loadTokenizer(folder);
    const wrong = cases.flatMap(([text, pair, longest], i) => {
      const { inputIds, tokenTypeIds } = tokenizer.encode(text, pair ?? undefined, longest);
      const [ids, types] = expected[i]!;
      return `${inputIds}` === `${ids}` && `${tokenTypeIds}` === `${types}`
        ? []
        : [{ text, pair, longest, inputIds, ids }];
    });
    expect(wrong.slice(0, 5)).toEqual([]);
    // Not the same by being nothing: most cases have tokens of their own beside the special ones and [UNK].
    expect(expected.filter(([ids]) => new Set(ids).size > 4).length).toBeGreaterThan(0.5 * cases.length);
  });
});
