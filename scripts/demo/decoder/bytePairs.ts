const pieces = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
const end = '<|endoftext|>';

/** A visible character for each byte, as byte-level tokenizers have it: printable ones stand for themselves. */
function byteCharacters(): string[] {
  const isVisible = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  let hidden = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isVisible(byte) ? byte : hidden++));
}

/** The most frequent pair of neighbours; of several the first in order of characters. */
function bestPair(words: ReadonlyMap<readonly string[], number>): string | undefined {
  const counts = new Map<string, number>();
  for (const [word, count] of words) {
    for (let i = 1; i < word.length; i++) {
      const pair = `${word[i - 1]} ${word[i]}`;
      counts.set(pair, (counts.get(pair) ?? 0) + count);
    }
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0];
}

function merged(word: readonly string[], pair: string): string[] {
  const joined: string[] = [];
  for (const part of word) {
    if (joined.length > 0 && `${joined.at(-1)} ${part}` === pair) joined.push(`${joined.pop()}${part}`);
    else joined.push(part);
  }
  return joined;
}

/** Pairs of neighbours that become one token, learned from texts: the most frequent first. */
function learnMerges(texts: readonly string[], characters: readonly string[], most: number): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) for (const [word] of text.matchAll(pieces)) counts.set(word, (counts.get(word) ?? 0) + 1);
  let words = new Map([...counts].map(([word, n]) => [[...Buffer.from(word)].map((byte) => characters[byte]!), n]));
  const merges: string[] = [];
  while (merges.length < most) {
    const pair = bestPair(words);
    if (pair === undefined) break;
    merges.push(pair);
    words = new Map([...words].map(([word, n]) => [merged(word, pair), n]));
  }
  return merges;
}

/** `tokenizer.json` and its settings of a byte-level BPE tokenizer whose merges are learned from texts. */
export function bytePairTokenizer(texts: readonly string[], size: number) {
  const characters = byteCharacters();
  const merges = learnMerges(texts, characters, size - characters.length - 1);
  const tokens = [end, ...characters, ...merges.map((pair) => pair.replace(' ', ''))];
  const bytes = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const marks = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [{ id: 0, content: end, ...marks }],
    normalizer: null,
    pre_tokenizer: bytes,
    post_processor: null,
    decoder: bytes,
    model: {
      type: 'BPE',
      ...{ dropout: null, unk_token: null, continuing_subword_prefix: '', end_of_word_suffix: '' },
      ...{ fuse_unk: false, byte_fallback: false, ignore_merges: false },
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
  const config = { tokenizer_class: 'GPT2Tokenizer', model_max_length: 256, eos_token: end, pad_token: end };
  return { json, config, size: tokens.length };
}
