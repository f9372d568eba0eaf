import { lexicon } from './lexicon.ts';
import { patternWords } from './tagged.ts';

const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;

/** Words of the demo language, then letters and syllables as word pieces for names that nobody has listed. */
function vocabulary(): string[] {
  const words = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value === 'string') for (const word of value.split(' ')) words.add(word);
    else if (value && typeof value === 'object') for (const inner of Object.values(value)) collect(inner);
  };
  const { syllables, ...rest } = lexicon;
  collect(rest);
  for (const topic of Object.keys(lexicon.things)) words.add(topic);
  for (const word of patternWords) words.add(word);
  collect(
    'the and although , but even though yet whatever say in end i this all we it so whole . ? ! a of not never hardly',
  );
  const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789'];
  const pieces = [...letters, ...syllables].flatMap((piece) => [piece, `##${piece}`]);
  return [...special, ...new Set([...[...words].sort(), ...pieces])];
}

/** `tokenizer.json` of an uncased WordPiece tokenizer over the demo vocabulary, and its size. */
export function demoTokenizer(): { readonly json: unknown; readonly config: unknown; readonly size: number } {
  const tokens = vocabulary();
  const id = (token: string) => tokens.indexOf(token);
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((content) => ({
      id: id(content),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [part('[CLS]', 0), sequence('A', 0), part('[SEP]', 0)],
      pair: [part('[CLS]', 0), sequence('A', 0), part('[SEP]', 0), sequence('B', 1), part('[SEP]', 1)],
      special_tokens: Object.fromEntries(
        ['[CLS]', '[SEP]'].map((token) => [token, { id: token, ids: [id(token)], tokens: [token] }]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(tokens.map((token, i) => [token, i])),
    },
  };
  const config = {
    tokenizer_class: 'BertTokenizer',
    do_lower_case: true,
    model_max_length: 128,
    unk_token: '[UNK]',
    sep_token: '[SEP]',
    pad_token: '[PAD]',
    cls_token: '[CLS]',
    mask_token: '[MASK]',
  };
  return { json, config, size: tokens.length };
}

const part = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });
const sequence = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
