import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decoderOf } from '../../../extension/data/tokenizer/decoders.ts';
import { TextTokenizer } from '../../../extension/data/tokenizer/tokenizer.ts';
import { parseTokenizer } from '../../../extension/data/tokenizer/tokenizerFiles.ts';
import type { Component } from '../../../extension/data/tokenizer/tokenizerParts.ts';

/** Of each result, the first two digits of its hash; `decoders.py NAME NUMBER` shows it whole. */
interface Golden {
  readonly definition: object;
  readonly ids: string;
  readonly text: string;
  readonly plainText: string;
  readonly broken: readonly (readonly number[])[];
  readonly brokenText: string;
}

const folder = join(import.meta.dirname, '../../golden/tokenizers');
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const golden = read('decoders.json') as {
  readonly chat: readonly string[];
  readonly partsTexts: number;
  readonly tokenizers: Readonly<Record<string, Golden>>;
  readonly pieces: readonly (readonly string[])[];
  readonly decoders: Readonly<Record<string, { definition: Component | null; texts: readonly string[] }>>;
};
const { texts: parts } = read('parts.json') as { readonly texts: readonly string[] };
const texts = [...golden.chat, ...parts.slice(0, golden.partsTexts)];

function differing<T>(inputs: readonly T[], digests: string, resultOf: (input: T) => string): readonly unknown[] {
  return inputs.flatMap((input, i) => {
    const result = resultOf(input);
    const digest = createHash('sha256').update(result).digest('hex').slice(0, 2);
    return digest === digests.slice(2 * i, 2 * i + 2) ? [] : [{ i, input, result }];
  });
}

describe.each(Object.entries(golden.tokenizers))("%s's tokenizer", (name, made) => {
  const tokenizer = new TextTokenizer({
    file: 'tokenizer.json',
    definition: parseTokenizer('tokenizer.json', made.definition),
    config: {},
    stopTokenIds: [],
    chatTemplate: undefined,
  });
  const idsOf = (text: string) => tokenizer.encode(text, undefined, 100_000).inputIds;

  it('gives the ids of Python', () => {
    expect(differing(texts, made.ids, (text) => idsOf(text).join())).toEqual([]);
  });

  it('gives the text of Python for them, with and without special tokens', () => {
    expect(differing(texts, made.text, (text) => tokenizer.decode(idsOf(text)))).toEqual([]);
    const plain = (text: string) => tokenizer.decode(idsOf(text), { skipsSpecial: true });
    expect(differing(texts, made.plainText, plain)).toEqual([]);
  });

  it('gives the text of Python for ids that break characters or do not exist', () => {
    expect(differing(made.broken, made.brokenText, (ids) => tokenizer.decode(ids))).toEqual([]);
  });

  it('streams pieces that join to the whole and end no character early', () => {
    const streamed = (ids: readonly number[], skipsSpecial: boolean) => {
      const stream = tokenizer.decodeStream({ skipsSpecial });
      return [...ids.map((id) => stream.push(id)), stream.end()];
    };
    // Of tokens for single bytes Python shows all as broken where the last ones are: what was streamed by then stands.
    const broken = ['llama2', 'mistral', 'gemma'].includes(name) ? [] : made.broken;
    for (const ids of [...texts.map(idsOf), ...broken]) {
      for (const skipsSpecial of [false, true]) {
        const pieces = streamed(ids, skipsSpecial);
        expect(pieces.join('')).toBe(tokenizer.decode(ids, { skipsSpecial }));
        expect(pieces.slice(0, -1).filter((piece) => piece.endsWith('\ufffd'))).toEqual([]);
      }
    }
  });
});

describe('decoders', () => {
  it.each(Object.entries(golden.decoders))('join tokens as %s does in Python', (_, { definition, texts: joined }) => {
    const decode = decoderOf(definition);
    expect(golden.pieces.map((tokens) => decode(tokens))).toEqual(joined);
  });

  it('refuses one that is not known to be exact, and sequences nested too deeply', () => {
    expect(() => decoderOf({ type: 'CTC' })).toThrow(
      'decoder: must be one that is known to give the same ids as in Python (ByteLevel, ',
    );
    let nested: Component = { type: 'Fuse' };
    for (let i = 0; i < 6; i++) nested = { type: 'Sequence', decoders: [nested] };
    expect(() => decoderOf(nested)).toThrow('decoder: may nest 4 sequences, got more');
  });
});
