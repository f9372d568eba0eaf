/** llama.cpp's name of byte pairs over bytes. */
export const byteLevelPairs = 'gpt2';

/** A way to divide a text before pairs are merged, as llama.cpp calls it. */
export interface GgufDivider {
  readonly name: string;
  /** Whether words that are tokens are taken whole, whatever the merges say. */
  readonly skipsMerges: boolean;
}

export const plainDivider: GgufDivider = { name: 'gpt-2', skipsMerges: false };
/** As the plain one, each digit by itself. */
export const digitDivider: GgufDivider = { name: 'smollm', skipsMerges: false };

/** Those that tokenizers write as a pattern. */
export const patternDividers: readonly (GgufDivider & { readonly pattern: string })[] = [
  {
    name: 'llama-bpe',
    pattern:
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
    skipsMerges: true,
  },
  {
    name: 'qwen2',
    pattern:
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
    skipsMerges: false,
  },
  {
    name: 'tekken',
    pattern:
      '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+',
    skipsMerges: true,
  },
];
