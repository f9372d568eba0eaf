import { isMap, isNode, type Node, type Pair, type YAMLMap } from 'yaml';
import type { LineIndex } from './lineIndex.ts';

/** Lines that begin less deep than the entries above them, and deeper than what holds those. */
export interface ShallowIndent {
  /** Where the lines begin. */
  readonly starts: readonly number[];
  /** Spaces that each lacks. */
  readonly missing: number;
  /** Spaces that the entries above begin with. */
  readonly indent: number;
}

/**
 * Gives entries that begin at no column of their own to the entries above them, as they most likely were meant; YAML
 * leaves them to what holds those. Their places stay what they are.
 */
export function adoptShallow(root: unknown, lines: LineIndex): readonly ShallowIndent[] {
  if (!isBlockMap(root)) return [];
  const own = columnOf(root, lines);
  const found: ShallowIndent[] = [];
  const kept: Pair[] = [];
  for (const item of root.items) {
    const column = keyColumn(item, lines);
    const home = column > own ? homeOf(kept.at(-1)?.value, column, lines) : undefined;
    if (home === undefined) {
      kept.push(item);
      continue;
    }
    home.items.push(item);
    const indent = columnOf(home, lines) - 1;
    const missing = indent + 1 - column;
    const last = found.at(-1);
    const joins = last?.missing === missing && last.indent === indent;
    const starts = [...(joins ? last.starts : []), ...startsOf(item, lines)];
    if (missing > 0) found.splice(joins ? -1 : found.length, joins ? 1 : 0, { starts, missing, indent });
  }
  root.items = kept;
  return [...found, ...kept.flatMap(({ value }) => adoptShallow(value, lines))];
}

const isBlockMap = (value: unknown): value is YAMLMap => isMap(value) && !value.flow && value.items.length > 0;

/** The first of the mappings that end an entry, one in the other, that begins at a column or right of it. */
function homeOf(value: unknown, column: number, lines: LineIndex): YAMLMap | undefined {
  if (!isBlockMap(value)) return undefined;
  return columnOf(value, lines) >= column ? value : homeOf(value.items.at(-1)!.value, column, lines);
}

const columnOf = (map: YAMLMap, lines: LineIndex): number => keyColumn(map.items[0]!, lines);

function keyColumn({ key }: Pair, lines: LineIndex): number {
  const at = (isNode(key) && key.range?.[0]) || 0;
  return lines.position(at).column;
}

/** Of each line of an entry. */
function startsOf({ key, value }: Pair, lines: LineIndex): readonly number[] {
  const [first = 0, keyEnd = 0] = (key as Node).range ?? [];
  const end = (value as Node | null)?.range?.[1] ?? keyEnd;
  const line = lines.position(first).line;
  const count = lines.position(Math.max(end - 1, first)).line - line + 1;
  return Array.from({ length: count }, (_, i) => lines.lineStart(line + i));
}
