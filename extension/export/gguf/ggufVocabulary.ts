import type { ModelFolder } from '../../checkpoint/modelFolder.ts';
import { TextTokenizer } from '../../data/tokenizer/tokenizer.ts';
import { readTokenizerFiles, type TokenizerJson } from '../../data/tokenizer/tokenizerFiles.ts';
import { vocabularyOf } from '../../data/tokenizer/tokenizerModel.ts';
import {
  byteLevelPairs,
  digitDivider,
  type GgufDivider,
  patternDividers,
  plainDivider,
} from '../../models/model/ggufTokenizers.ts';
import { answerEnd } from '../../tasks/rows/answerEnd.ts';
import { ExportError } from '../exportError.ts';
import { type GgufMetadata, ggufValue } from './ggufFile.ts';

/** llama.cpp's kinds of tokens. */
const kinds = { normal: 1, control: 3, userDefined: 4, unused: 5 } as const;

/**
 * What a GGUF file says of a model's tokenizer: byte pairs over bytes, how texts are divided before, special tokens, chat template.
 * @throws ExportError for one that llama.cpp would read otherwise · DataError
 */
export async function ggufVocabulary({ folder, dimensions }: ModelFolder): Promise<GgufMetadata> {
  const files = await readTokenizerFiles(folder);
  const { file, definition, config, chatTemplate } = files;
  const refuse = (what: string): never => {
    const cure = 'export it as merged, and convert that folder with llama.cpp’s convert_hf_to_gguf.py';
    throw new ExportError(
      file,
      `a GGUF file needs byte-level BPE that llama.cpp splits in the same way, got ${what}; ${cure}`,
    );
  };
  const { model, added_tokens: added, normalizer } = definition;
  if (model.type !== 'BPE') return refuse(`a ${model.type} tokenizer`);
  if (model.byte_fallback || model.end_of_word_suffix) return refuse('BPE over characters');
  if (normalizer && normalizer.type !== 'NFC') return refuse(`the normalizer ${normalizer.type}`);
  const divider = dividerOf(definition);
  if (divider === undefined) return refuse(`the pre-tokenizer ${JSON.stringify(definition.pre_tokenizer)}`);
  if (divider.skipsMerges !== model.ignore_merges)
    return refuse(`ignore_merges ${model.ignore_merges} with ${divider.name}`);

  const rows = dimensions.vocabulary;
  const tokens = Array.from({ length: rows }, (_, id) => `[PAD${id}]`);
  const types: number[] = Array.from({ length: rows }, () => kinds.unused);
  for (const [token, id] of vocabularyOf(model)) {
    tokens[id] = token;
    types[id] = kinds.normal;
  }
  for (const { content, id, special } of added) {
    tokens[id] = content;
    types[id] = special ? kinds.control : kinds.userDefined;
  }
  if (tokens.length > rows) return refuse(`${tokens.length} tokens for a word table of ${rows} rows`);

  const tokenizer = new TextTokenizer(files);
  const unknown = config.unk_token == null ? -1 : tokens.indexOf(config.unk_token);
  const eos = tokenizer.eosTokenId ?? files.stopTokenIds[0];
  const ids = {
    bos: tokenizer.bosTokenId,
    eos,
    // Of several tokens that end a text, the one that ends a turn.
    eot: [answerEnd(tokenizer) ?? [], files.stopTokenIds].flat().find((id) => id !== eos),
    unknown: unknown < 0 ? undefined : unknown,
    padding: tokenizer.padTokenId,
  };
  const around = tokenizer.encode('', undefined, 16).inputIds;
  const [first, last] = [
    around[0] !== undefined && around[0] === ids.bos,
    around.length > 0 && around.at(-1) === ids.eos,
  ];
  if (around.length !== Number(first) + Number(last)) return refuse(`the tokens ${around.join(', ')} around a text`);
  return {
    'tokenizer.ggml.model': ggufValue.text(byteLevelPairs),
    'tokenizer.ggml.pre': ggufValue.text(divider.name),
    'tokenizer.ggml.tokens': ggufValue.texts(tokens),
    'tokenizer.ggml.token_type': ggufValue.wholes(types),
    'tokenizer.ggml.merges': ggufValue.texts(
      model.merges.map((pair) => (typeof pair === 'string' ? pair : pair.join(' '))),
    ),
    ...Object.fromEntries(
      Object.entries(ids).flatMap(([name, id]) =>
        id === undefined ? [] : [[`tokenizer.ggml.${name}_token_id`, ggufValue.whole(id)]],
      ),
    ),
    'tokenizer.ggml.add_bos_token': ggufValue.flag(first),
    'tokenizer.ggml.add_eos_token': ggufValue.flag(last && around.length > Number(first)),
    'tokenizer.ggml.add_space_prefix': ggufValue.flag(false),
    ...(chatTemplate && { 'tokenizer.chat_template': ggufValue.text(chatTemplate.source) }),
  };
}

/** How llama.cpp is told to divide texts as the pre-tokenizer does; undefined where it cannot be. */
function dividerOf({ pre_tokenizer: own }: TokenizerJson): GgufDivider | undefined {
  const parts = own?.type === 'Sequence' && Array.isArray(own.pretokenizers) ? own.pretokenizers : [own];
  const [bytes, before, ...others] = [...parts].reverse();
  if (others.length > 0 || bytes?.type !== 'ByteLevel' || bytes.add_prefix_space === true) return undefined;
  if (bytes.use_regex !== false) {
    if (before === undefined) return plainDivider;
    const isDigits = before.type === 'Digits' && before.individual_digits === true;
    return isDigits ? digitDivider : undefined;
  }
  if (before?.type !== 'Split' || before.behavior !== 'Isolated' || before.invert === true) return undefined;
  return patternDividers.find(({ pattern }) => pattern === before.pattern?.Regex);
}
