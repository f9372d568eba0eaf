import { isMap, isScalar, isSeq } from 'yaml';
import type { ValuePath } from '../../problems/finding.ts';
import type { TextRange } from './diagnostic.ts';
import { lineIndex } from './lineIndex.ts';
import { parseConfig } from './parse.ts';

/** The place of a cursor in a half-typed config. */
export interface Cursor {
  /** `key`: a key of the mapping at `path`; `value`: the value at `path` (of a key, or of a list item). */
  readonly kind: 'key' | 'value';
  readonly path: ValuePath;
  /** The word up to the cursor; words of plain and quoted text may contain spaces. */
  readonly typed: string;
  /** The whole word that the cursor stands in, without its quotes: what a completion replaces. */
  readonly word: TextRange;
  /** The quote that the word stands in, and whether it is closed. */
  readonly quote: Quote | undefined;
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

export interface Quote {
  readonly mark: "'" | '"';
  readonly isClosed: boolean;
}

const mark = 'cursorMark';
const separators = '\t\r\n,[]{}:"\'#';

/**
 * Where a cursor stands: the word under it is replaced by a mark, the text parsed (YAML's parser repairs half-typed
 * text), and the mark looked up. Undefined in comments and where the text cannot be made out.
 */
export function cursorAt(text: string, offset: number): Cursor | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const before = text.slice(lineStart, offset);
  const opened = openedBefore(before);
  if (opened === 'comment') return undefined;
  const { start, end, quote } = opened === undefined ? plainWord(text, offset) : quotedWord(text, offset, opened);

  const needsSpace = quote === undefined && text[start - 1] === ':';
  const closing = quote?.isClosed === false ? quote.mark : '';
  const marked = `${text.slice(0, start)}${needsSpace ? ' ' : ''}${mark}${closing}${text.slice(end)}`;
  const found = findMark(parseConfig(marked).root, [], false);
  if (found === undefined) return undefined;
  const keyLine = found.keyOffset === undefined ? undefined : marked.slice(found.keyOffset, start);
  return {
    ...found,
    typed: text.slice(start, offset),
    word: lineIndex(text).range(start, end),
    quote,
    hasColon: /^["']?\s*:/.test(text.slice(end)),
    besideKey: keyLine !== undefined && !keyLine.includes('\n'),
    needsSpace,
    indent: /^ */.exec(text.slice(lineStart))![0].length,
  };
}

interface Opened extends Pick<Quote, 'mark'> {
  /** Characters of the quoted text before the cursor. */
  readonly typed: number;
}

/** The quote or comment that is open at the end of a line's start, if any. */
function openedBefore(line: string): Opened | 'comment' | undefined {
  let open: { readonly mark: Quote['mark']; readonly at: number } | undefined;
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!;
    const starts = at === 0 || ' \t[{,:'.includes(line[at - 1]!);
    if (open?.mark === '"' && character === '\\') at++;
    else if (open?.mark === "'" && character === "'" && line[at + 1] === "'") at++;
    else if (character === open?.mark) open = undefined;
    else if (open === undefined && starts && (character === '"' || character === "'")) open = { mark: character, at };
    else if (open === undefined && starts && character === '#') return 'comment';
  }
  return open && { mark: open.mark, typed: line.length - open.at - 1 };
}

type Word = Pick<Cursor, 'quote'> & { readonly start: number; readonly end: number };

function plainWord(text: string, offset: number): Word {
  const isWord = (at: number): boolean => at >= 0 && at < text.length && !separators.includes(text[at]!);
  const isDash = (at: number): boolean => text[at] === '-' && (text[at + 1] === ' ' || text[at + 1] === undefined);
  let start = offset;
  while (isWord(start - 1) && !(text[start - 1] === ' ' && isDash(start - 2))) start--;
  while (start < offset && text[start] === ' ') start++;
  let end = offset;
  while (isWord(end)) end++;
  while (end > offset && text[end - 1] === ' ') end--;
  return { start, end, quote: undefined };
}

function quotedWord(text: string, offset: number, { mark, typed }: Opened): Word {
  const rest = /^[^\r\n]*/.exec(text.slice(offset))![0];
  const until = (mark === '"' ? /^(?:[^"\\]|\\.)*(?=")/ : /^(?:[^']|'')*(?='(?!'))/).exec(rest);
  const end = offset + (until?.[0].length ?? 0);
  return { start: offset - typed, end, quote: { mark, isClosed: until !== null } };
}

interface Found extends Pick<Cursor, 'kind' | 'path' | 'siblings' | 'inFlow'> {
  readonly keyOffset?: number;
}

const hasMark = (node: unknown): boolean =>
  isScalar(node) && typeof node.value === 'string' && node.value.includes(mark);

function findMark(node: unknown, path: ValuePath, inFlow: boolean): Found | undefined {
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
