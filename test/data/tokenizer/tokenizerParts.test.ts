import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { normalizerOf } from '../../../extension/data/tokenizer/normalizers.ts';
import { preTokenizerOf } from '../../../extension/data/tokenizer/preTokenizers.ts';
import { TextTokenizer } from '../../../extension/data/tokenizer/tokenizer.ts';
import { parseTokenizer } from '../../../extension/data/tokenizer/tokenizerFiles.ts';
import type { Component } from '../../../extension/data/tokenizer/tokenizerParts.ts';

/** Of each result, the first two digits of its hash; `parts.py NAME NUMBER` shows it whole. */
interface Golden<D> {
  readonly definition: D;
  readonly digests: string;
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../../golden/tokenizers/parts.json'), 'utf8')) as {
  readonly texts: readonly string[];
  readonly normalizers: Readonly<Record<string, Golden<Component>>>;
  readonly preTokenizers: Readonly<Record<string, Golden<Component>>>;
  readonly tokenizers: Readonly<Record<string, Golden<object>>>;
};
const { texts } = golden;

/** The texts, by number, of which something else is made than in Python. */
function differing(digests: string, resultOf: (text: string) => string): readonly unknown[] {
  return texts.flatMap((text, i) => {
    const result = resultOf(text);
    const digest = createHash('sha256').update(result).digest('hex').slice(0, 2);
    return digest === digests.slice(2 * i, 2 * i + 2) ? [] : [{ i, text, result }];
  });
}

describe('2,000 random texts of many scripts become what they become in Python', () => {
  it.each(Object.entries(golden.normalizers))('normalizes as %s does', (_, { definition, digests }) => {
    expect(differing(digests, normalizerOf(definition))).toEqual([]);
  });

  it.each(Object.entries(golden.preTokenizers))('pre-tokenizes as %s does', (_, { definition, digests }) => {
    const words = preTokenizerOf(definition);
    expect(differing(digests, (text) => words({ text, first: true }).join('\0'))).toEqual([]);
  });

  it.each(Object.entries(golden.tokenizers))('tokenizes as %s does', (_, { definition, digests }) => {
    const tokenizer = new TextTokenizer({
      file: 'tokenizer.json',
      definition: parseTokenizer('tokenizer.json', definition),
      config: {},
      stopTokenIds: [],
      chatTemplate: undefined,
    });
    expect(differing(digests, (text) => tokenizer.encode(text, undefined, 100_000).inputIds.join())).toEqual([]);
  });
});
