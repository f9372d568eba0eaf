import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import type { ValuePath } from '../../problems/finding.ts';
import type { Position, TextRange } from './diagnostic.ts';
import type { ParsedConfig } from './parse.ts';

/** Where a path stands in the text. */
export interface Place {
  /** The key (or the list item itself). */
  readonly key: TextRange;
  /** The value; the key's range where nothing is written after it. */
  readonly value: TextRange;
  /** Where a value may be written when there is none: behind the colon, or behind the key that still lacks one. */
  readonly empty: { readonly at: Position; readonly hasColon: boolean } | undefined;
  /** YAML node of the value, if there is one. */
  readonly node: Node | undefined;
  /** Whether all of the path is written; else this is the place of what comes nearest. */
  readonly exact: boolean;
}

/** The place of a path, or of its longest part that is written. */
export function locate(parsed: ParsedConfig, path: ValuePath): Place {
  const { root, lines } = parsed;
  const start = lines.range(0, 0);
  const rootValue = root?.range ? lines.range(root.range[0], root.range[1]) : start;
  // A finding about the whole config (a missing key) points at its first line.
  let place: Place = {
    key: start,
    value: root === undefined ? start : firstLine(rootValue),
    empty: undefined,
    node: root,
    exact: path.length === 0,
  };
  let node: unknown = root;
  for (const [index, part] of path.entries()) {
    const next = child(node, part);
    if (next === undefined) break;
    const valueNode = next.value ?? undefined;
    const [keyStart, keyEnd] = next.key.range ?? [0, 0];
    const [valueStart, valueEnd] = valueNode?.range ?? [keyEnd, keyEnd];
    const key = firstLine(lines.range(keyStart, keyEnd));
    const value = valueEnd > valueStart ? lines.range(valueStart, valueEnd) : key;
    const empty = valueEnd > valueStart ? undefined : emptyAt(keyEnd);
    place = { key, value, empty, node: valueNode, exact: index === path.length - 1 };
    node = valueNode;
  }
  return place;

  function emptyAt(keyEnd: number): Place['empty'] {
    const colon = /^["']?\s*:/.exec(parsed.text.slice(keyEnd, keyEnd + 100));
    return { at: lines.position(keyEnd + (colon?.[0].length ?? 0)), hasColon: colon !== null };
  }

  function firstLine(range: TextRange): TextRange {
    const end = parsed.text.indexOf('\n', range.start.offset);
    return lines.range(range.start.offset, end < 0 ? range.end.offset : Math.min(end, range.end.offset));
  }
}

function child(node: unknown, part: string | number): { key: Node; value: Node | undefined } | undefined {
  if (isSeq(node) && typeof part === 'number') {
    const item = node.items[part] as Node | undefined;
    return item === undefined ? undefined : { key: item, value: item };
  }
  if (isMap(node)) {
    const pair = pairsOf(node).get(part);
    return pair && { key: pair.key as Node, value: (pair.value ?? undefined) as Node | undefined };
  }
  return undefined;
}

const pairsByMap = new WeakMap<YAMLMap, ReadonlyMap<unknown, Pair>>();

/** A mapping's pairs by key, the first of each: looked up once for every finding, so that many findings stay quick. */
function pairsOf(map: YAMLMap): ReadonlyMap<unknown, Pair> {
  const known = pairsByMap.get(map);
  if (known !== undefined) return known;
  const pairs = new Map<unknown, Pair>();
  for (const pair of map.items) {
    if (isScalar(pair.key) && !pairs.has(pair.key.value)) pairs.set(pair.key.value, pair);
  }
  pairsByMap.set(map, pairs);
  return pairs;
}
