import * as z from 'zod';
import { precompiledMap } from './precompiledMap.ts';
import { combiningMarks, whitespace } from './text/characterClasses.ts';
import { bertNormalizerSchema, bytesAsCharacters, normalizeAsBert } from './text/exactText.ts';
import { findMatches, patternSchema } from './text/textPattern.ts';
import { buildPart, type Component, type PartRules, partOf } from './tokenizerParts.ts';

/** Changes a text before it is divided. @param most characters that may come out */
type Normalize = (text: string, most: number) => string;

/** How many times as long a text may become, and how much longer whatever its length. */
const mostGrowth = { times: 16, more: 1024 } as const;

const rules: PartRules<Normalize> = {
  BertNormalizer: (config) => {
    const options = partOf('normalizer', bertNormalizerSchema, config);
    return (text) => normalizeAsBert(text, options);
  },
  NFC: () => (text) => text.normalize('NFC'),
  NFD: () => (text) => text.normalize('NFD'),
  NFKC: () => (text) => text.normalize('NFKC'),
  NFKD: () => (text) => text.normalize('NFKD'),
  // Character by character, so that Σ is always σ.
  Lowercase: () => (text) => Array.from(text, (character) => character.toLowerCase()).join(''),
  Strip: (config) => {
    const { strip_left: left, strip_right: right } = partOf('normalizer', stripSchema, config);
    return (text) => {
      const begun = left ? text.replace(leading, '') : text;
      return right ? begun.replace(trailing, '') : begun;
    };
  },
  StripAccents: () => (text) => text.replace(anyMark, ''),
  Replace: (config) => {
    const { pattern, content } = partOf('normalizer', replaceSchema, config);
    const find = findMatches(pattern, 'normalizer Replace');
    return (text, most) => {
      let result = '';
      let end = 0;
      for (const [from, to] of find(text)) {
        result += text.slice(end, from) + content;
        end = to;
        demandLength(result.length, most);
      }
      return result + text.slice(end);
    };
  },
  Prepend: (config) => {
    const { prepend } = partOf('normalizer', prependSchema, config);
    return (text, most) => {
      demandLength(text.length + prepend.length, most);
      return text === '' ? '' : prepend + text;
    };
  },
  ByteLevel: () => (text) => bytesAsCharacters(text),
  Precompiled: (config) => {
    const { precompiled_charsmap: charsmap } = partOf('normalizer', precompiledSchema, config);
    const map = charsmapOf(charsmap);
    return (text, most) => {
      let result = '';
      for (const part of map(text)) {
        result += part;
        demandLength(result.length, most);
      }
      return result;
    };
  },
  Sequence: (config, depth) => {
    const { normalizers } = partOf('normalizer', sequenceSchema, config);
    const steps = normalizers.map((step) => build(step, depth + 1));
    return (text, most) => steps.reduce((at, step) => step(at, most), text);
  },
};

const stripSchema = z.looseObject({ strip_left: z.boolean(), strip_right: z.boolean() });
const replaceSchema = z.looseObject({ pattern: patternSchema, content: z.string() });
const prependSchema = z.looseObject({ prepend: z.string() });
const precompiledSchema = z.looseObject({ precompiled_charsmap: z.string() });
const sequenceSchema = z.looseObject({ normalizers: z.array(z.looseObject({ type: z.string() })) });

const anyMark = new RegExp(`[${combiningMarks}]`, 'gu');
const leading = new RegExp(`^[${whitespace}]+`, 'u');
const trailing = new RegExp(`(?<![${whitespace}])[${whitespace}]+$`, 'u');

function charsmapOf(charsmap: string): ReturnType<typeof precompiledMap> {
  try {
    return precompiledMap(charsmap);
  } catch (error) {
    throw new Error(`normalizer Precompiled: precompiled_charsmap: ${(error as Error).message}`, { cause: error });
  }
}

function demandLength(length: number, most: number): void {
  if (length > most) {
    throw new Error(`normalizer: a text must not become more than ${mostGrowth.times} times as long`);
  }
}

const build = (config: Component, depth: number): Normalize => buildPart('normalizer', rules, config, depth);

/**
 * The normalizer of `tokenizer.json` as Python's `tokenizers` applies it.
 * @throws Error for one that is not known to be exact; when applied, for a text that grows out of bounds
 */
export function normalizerOf(config: Component | null): (text: string) => string {
  if (config === null) return (text) => text;
  const normalize = build(config, 0);
  return (text) => normalize(text, mostGrowth.times * text.length + mostGrowth.more);
}
