import { isMap, isNode, isScalar, type Node, type Pair, type YAMLMap } from 'yaml';
import type { ValuePath } from '../../problems/finding.ts';
import type { LineIndex } from './lineIndex.ts';

/** Lines that begin less deep than the entries above them, and deeper than what holds those. */
export interface ShallowIndent {
  /** Where the lines begin. */
  readonly starts: readonly number[];
  /** Spaces that each lacks; below 0 for what each has too many. */
  readonly missing: number;
  /** Spaces that the entries begin with beside which it belongs. */
  readonly indent: number;
  /** Key of the block above, where the entry belongs beside that and not into it. */
  readonly beside?: string;
}

/** Whether the language of a text declares a key. */
export type Declares = (path: ValuePath) => boolean;

/**
 * Gives entries that begin at no column of their own to the entries above them, as they most likely were meant; YAML
 * leaves them to what holds those, where a key stays that is declared there alone. Their places stay what they are.
 */
export function adoptShallow(
  root: unknown,
  lines: LineIndex,
  declares: Declares = () => false,
  path: ValuePath = [],
): readonly ShallowIndent[] {
  if (!isBlockMap(root)) return [];
  const own = columnOf(root, lines);
  const shallow: ShallowIndent[] = [];
  const kept: Pair[] = [];
  for (const item of root.items) {
    const column = keyColumn(item, lines);
    const above = kept.at(-1);
    const found = column > own && above !== undefined ? homeOf(above, column, lines) : undefined;
    if (found === undefined) {
      kept.push(item);
      continue;
    }
    const { home, within } = found;
    const key = keyOf(item);
    if (declares([...path, key]) && !declares([...path, ...within, key])) {
      kept.push(item);
      const starts = [lines.lineStart(lines.position((item.key as Node).range![0]).line)];
      shallow.push({ starts, missing: own - column, indent: own - 1, beside: keyOf(above!) });
      continue;
    }
    home.items.push(item);
    const indent = columnOf(home, lines) - 1;
    const missing = indent + 1 - column;
    const last = shallow.at(-1);
    const joins = last?.missing === missing && last.indent === indent;
    const starts = [...(joins ? last.starts : []), ...startsOf(item, lines)];
    if (missing > 0) shallow.splice(joins ? -1 : shallow.length, joins ? 1 : 0, { starts, missing, indent });
  }
  root.items = kept;
  return [...shallow, ...kept.flatMap((item) => adoptShallow(item.value, lines, declares, [...path, keyOf(item)]))];
}

const isBlockMap = (value: unknown): value is YAMLMap => isMap(value) && !value.flow && value.items.length > 0;

/** The first of the mappings that end an entry, one in the other, that begins at a column or right of it; with its keys. */
function homeOf(
  item: Pair,
  column: number,
  lines: LineIndex,
): { readonly home: YAMLMap; readonly within: ValuePath } | undefined {
  const { value } = item;
  if (!isBlockMap(value)) return undefined;
  if (columnOf(value, lines) >= column) return { home: value, within: [keyOf(item)] };
  const inner = homeOf(value.items.at(-1)!, column, lines);
  return inner && { home: inner.home, within: [keyOf(item), ...inner.within] };
}

const keyOf = ({ key }: Pair): string => (isScalar(key) ? String(key.value) : '');

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
