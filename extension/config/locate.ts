import { isMap, isScalar, isSeq, type Node } from 'yaml';
import type { ConfigPath, TextRange } from './diagnostic.ts';
import type { ParsedConfig } from './parse.ts';

/** Where a path stands in the text. */
export interface Place {
  /** The key (or the list item itself). */
  readonly key: TextRange;
  /** The value; the key's range where nothing is written after it. */
  readonly value: TextRange;
  /** YAML node of the value, if there is one. */
  readonly node: Node | undefined;
  /** From the start of the key to the end of the value. */
  readonly whole: TextRange;
}

/** The place of a path, or of its longest part that is written. */
export function locate(parsed: ParsedConfig, path: ConfigPath): Place {
  const { root, lines } = parsed;
  const start = lines.range(0, 0);
  const rootValue = root?.range ? lines.range(root.range[0], root.range[1]) : start;
  // A finding about the whole config (a missing key) points at its first line.
  let place: Place = {
    key: start,
    value: root === undefined ? start : firstLine(rootValue),
    node: root,
    whole: rootValue,
  };
  let node: unknown = root;
  for (const part of path) {
    const next = child(node, part);
    if (next === undefined) break;
    const valueNode = next.value ?? undefined;
    const [valueStart, valueEnd] = valueNode?.range ?? next.key.range ?? [0, 0];
    const [keyStart, keyEnd] = next.key.range ?? [valueStart, valueEnd];
    const key = lines.range(keyStart, keyEnd);
    const value = valueEnd > valueStart ? lines.range(valueStart, valueEnd) : key;
    place = { key, value, node: valueNode, whole: lines.range(keyStart, Math.max(keyEnd, valueEnd)) };
    node = valueNode;
  }
  return place;

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
    const pair = node.items.find((candidate) => isScalar(candidate.key) && candidate.key.value === part);
    return pair === undefined
      ? undefined
      : { key: pair.key as Node, value: (pair.value ?? undefined) as Node | undefined };
  }
  return undefined;
}
