import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from './temporaryFolder.ts';

/** As many tokens as the tiny decoders have: the end of a text, space, line break, marks, letters, digits. */
const tokens = ['<|end|>', 'Ġ', 'Ċ', '.', ',', ...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ', ...'123'];

/**
 * The folder of a tiny random decoder whose tokens are single characters; it is gone after the test.
 * @param special a character that is a special token too
 */
export function writingModel({
  name = 'llama',
  chatTemplate,
  special,
}: {
  name?: string;
  chatTemplate?: string;
  special?: string;
} = {}): string {
  const folder = temporaryFolder();
  const from = path.resolve('test/golden/decoders', name);
  copyFileSync(path.join(from, 'model.safetensors'), path.join(folder, 'model.safetensors'));
  const config = JSON.parse(readFileSync(path.join(from, 'config.json'), 'utf8'));
  const write = (file: string, value: object) => writeFileSync(path.join(folder, file), JSON.stringify(value));
  write('config.json', { ...config, eos_token_id: 0, bos_token_id: null });
  write('tokenizer_config.json', { eos_token: '<|end|>', ...(chatTemplate && { chat_template: chatTemplate }) });
  write('tokenizer.json', {
    version: '1.0',
    added_tokens: ['<|end|>', ...(special === undefined ? [] : [special])].map((content) => ({
      ...{ id: tokens.indexOf(content), content, special: true },
      ...{ single_word: false, lstrip: false, rstrip: false, normalized: false },
    })),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      ...{ dropout: null, unk_token: null, continuing_subword_prefix: '', end_of_word_suffix: '' },
      ...{ fuse_unk: false, byte_fallback: false, ignore_merges: false },
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: [],
    },
  });
  return folder;
}
