import * as z from 'zod';
import { charactersAsBytes } from './text/exactText.ts';
import { findMatches, patternSchema } from './text/textPattern.ts';
import { buildPart, type Component, type PartRules, partOf } from './tokenizerParts.ts';

type Decode = (tokens: readonly string[]) => readonly string[];

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const strictUtf8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

const each =
  (change: (token: string, place: number, count: number) => string): Decode =>
  (tokens) =>
    tokens.map((token, i) => change(token, i, tokens.length));

const rules: PartRules<Decode> = {
  ByteLevel: () => (tokens) => [utf8.decode(Buffer.concat(tokens.map(charactersAsBytes)))],
  ByteFallback: () => fallbackBytes,
  Fuse: () => (tokens) => [tokens.join('')],
  Strip: (config) => {
    const { content, start, stop } = partOf('decoder', stripSchema, config);
    return each((token) => {
      let [from, to] = [0, token.length];
      while (from < to && from < start && token[from] === content) from++;
      while (to > from && token.length - to < stop && token[to - 1] === content) to--;
      return token.slice(from, to);
    });
  },
  Replace: (config) => {
    const { pattern, content } = partOf('decoder', replaceSchema, config);
    const find = findMatches(pattern, 'decoder Replace');
    return each((token) => {
      let [result, end] = ['', 0];
      for (const [from, to] of find(token)) {
        result += token.slice(end, from) + content;
        end = to;
      }
      return result + token.slice(end);
    });
  },
  Metaspace: (config) => {
    const options = partOf('decoder', metaspaceSchema, config);
    const isMarked = options.prepend_scheme !== 'never' && options.add_prefix_space !== false;
    return each((token, i) => token.replaceAll(options.replacement, i === 0 && isMarked ? '' : ' '));
  },
  WordPiece: (config) => {
    const { prefix, cleanup } = partOf('decoder', wordPieceSchema, config);
    return each((token, i) => {
      const continued = token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
      const text = i === 0 ? token : continued;
      return cleanup ? cleaned(text) : text;
    });
  },
  BPEDecoder: (config) => {
    const { suffix } = partOf('decoder', bpeSchema, config);
    return each((token, i, count) => (suffix === '' ? token : token.replaceAll(suffix, i === count - 1 ? '' : ' ')));
  },
  Sequence: (config, depth) => {
    const { decoders } = partOf('decoder', sequenceSchema, config);
    const steps = decoders.map((step) => build(step, depth + 1));
    return (tokens) => steps.reduce((at, step) => step(at), tokens);
  },
};

const stripSchema = z.looseObject({
  content: z.string().length(1),
  start: z.int().nonnegative(),
  stop: z.int().nonnegative(),
});
const replaceSchema = z.looseObject({ pattern: patternSchema, content: z.string() });
const metaspaceSchema = z.looseObject({
  replacement: z.string().min(1),
  prepend_scheme: z.enum(['always', 'first', 'never']).optional(),
  /** As files of older versions say it. */
  add_prefix_space: z.boolean().optional(),
});
const wordPieceSchema = z.looseObject({ prefix: z.string(), cleanup: z.boolean().default(true) });
const bpeSchema = z.looseObject({ suffix: z.string().default('</w>') });
const sequenceSchema = z.looseObject({ decoders: z.array(z.looseObject({ type: z.string() })) });

/** Tokens such as <0xE2> are bytes; a run of them that is no text becomes one U+FFFD for each. */
function fallbackBytes(tokens: readonly string[]): readonly string[] {
  const result: string[] = [];
  let bytes: number[] = [];
  const flush = () => {
    if (bytes.length > 0) result.push(textOf(Uint8Array.from(bytes)));
    bytes = [];
  };
  for (const token of tokens) {
    const byte = /^<0x([\dA-Fa-f]{2})>$/.exec(token)?.[1];
    if (byte !== undefined) bytes.push(Number.parseInt(byte, 16));
    else {
      flush();
      result.push(token);
    }
  }
  flush();
  return result;
}

function textOf(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return '\ufffd'.repeat(bytes.length);
  }
}

/** In the order of the library: what one makes, the next may find. */
const cleanings: readonly (readonly [spaced: string, joined: string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [' do not', " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];
const cleaned = (text: string): string =>
  cleanings.reduce((at, [spaced, joined]) => at.replaceAll(spaced, joined), text);

const build = (config: Component, depth: number): Decode => buildPart('decoder', rules, config, depth);

/**
 * The decoder of `tokenizer.json` as Python's `tokenizers` applies it: the text that tokens stand for; without one,
 * the tokens with spaces between them.
 * @throws Error for one that is not known to be exact
 */
export function decoderOf(config: Component | null): (tokens: readonly string[]) => string {
  if (config === null) return (tokens) => tokens.join(' ');
  const decode = build(config, 0);
  return (tokens) => decode(tokens).join('');
}
