import { isMap, isScalar, isSeq } from 'yaml';
import type { ConfigPath, TextRange } from './diagnostic.ts';
import { lineIndex } from './lineIndex.ts';
import { parseConfig } from './parse.ts';

/** What a cursor in a half-typed config is about to write. */
export interface Cursor {
  /** `key`: a key of the mapping at `path`; `value`: the value at `path` (of a key, or of a list item). */
  readonly kind: 'key' | 'value';
  readonly path: ConfigPath;
  /** The word up to the cursor. */
  readonly typed: string;
  /** The whole word that the cursor stands in: what a completion replaces. */
  readonly word: TextRange;
  /** For a key: keys that the mapping has already. */
  readonly siblings: readonly string[];
  /** For a key: whether its colon is written. */
  readonly hasColon: boolean;
  /** For a value: whether it stands on the line of its key. */
  readonly besideKey: boolean;
  /** For a value right after the colon. */
  readonly needsSpace: boolean;
  /** Inside `{…}` or `[…]`. */
  readonly inFlow: boolean;
  /** Spaces before the word's line begins. */
  readonly indent: number;
}

const mark = 'cursorMark';
const separators = ' \t\r\n,[]{}:"\'#';

/**
 * Where a cursor stands: the word under it is replaced by a mark, the text parsed (YAML's parser repairs half-typed
 * text), and the mark looked up. Undefined in comments and where the text cannot be made out.
 */
export function cursorAt(text: string, offset: number): Cursor | undefined {
  const isWord = (at: number): boolean => at >= 0 && at < text.length && !separators.includes(text[at]!);
  let start = offset;
  while (isWord(start - 1)) start--;
  let end = offset;
  while (isWord(end)) end++;

  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  if (/(^|\s)#/.test(text.slice(lineStart, start))) return undefined;

  const needsSpace = text[start - 1] === ':';
  const marked = `${text.slice(0, start)}${needsSpace ? ' ' : ''}${mark}${text.slice(end)}`;
  const found = findMark(parseConfig(marked).root, [], false);
  if (found === undefined) return undefined;
  const keyLine = found.keyOffset === undefined ? undefined : marked.slice(found.keyOffset, start);
  return {
    ...found,
    typed: text.slice(start, offset),
    word: lineIndex(text).range(start, end),
    hasColon: /^["']?\s*:/.test(text.slice(end)),
    besideKey: keyLine !== undefined && !keyLine.includes('\n'),
    needsSpace,
    indent: /^ */.exec(text.slice(lineStart))![0].length,
  };
}

interface Found extends Pick<Cursor, 'kind' | 'path' | 'siblings' | 'inFlow'> {
  readonly keyOffset?: number;
}

const hasMark = (node: unknown): boolean =>
  isScalar(node) && typeof node.value === 'string' && node.value.includes(mark);

function findMark(node: unknown, path: ConfigPath, inFlow: boolean): Found | undefined {
  if (hasMark(node)) return { kind: 'value', path, siblings: [], inFlow };
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      const found = findMark(item, [...path, index], inFlow || node.flow === true);
      if (found !== undefined) return found;
    }
  }
  if (!isMap(node)) return undefined;
  const within = inFlow || node.flow === true;
  const keys = node.items.map((pair) => (isScalar(pair.key) ? String(pair.key.value) : ''));
  for (const [index, pair] of node.items.entries()) {
    if (hasMark(pair.key)) {
      return { kind: 'key', path, siblings: keys.filter((_, other) => other !== index), inFlow: within };
    }
    const found = findMark(pair.value, [...path, keys[index]!], within);
    if (found !== undefined) {
      const keyOffset = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
      return found.keyOffset === undefined && keyOffset !== undefined ? { ...found, keyOffset } : found;
    }
  }
  return undefined;
}
