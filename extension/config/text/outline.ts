import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { showValue } from '../../problems/showValue.ts';
import type { TextRange } from './diagnostic.ts';
import type { ParsedConfig } from './parse.ts';

/** One entry of the editor's outline. */
export interface OutlineItem {
  readonly name: string;
  /** The value where it is a single one. */
  readonly detail: string;
  readonly kind: 'section' | 'key' | 'method';
  readonly range: TextRange;
  /** The key alone. */
  readonly selection: TextRange;
  readonly children: readonly OutlineItem[];
}

/** Sections, keys and methods of a config, as far as it can be read. */
export function outline({ root, lines }: ParsedConfig): readonly OutlineItem[] {
  return items(root, 'key');

  function items(node: unknown, kind: 'key' | 'method'): readonly OutlineItem[] {
    if (isSeq(node)) {
      return node.items.flatMap((item) => {
        if (isMap(item)) return items(item, kind);
        if (!isScalar(item) || !item.range) return [];
        const range = lines.range(item.range[0], item.range[1]);
        return [{ name: String(item.value), detail: '', kind, range, selection: range, children: [] }];
      });
    }
    if (!isMap(node)) return [];
    return node.items.flatMap((pair) => {
      const key = pair.key as Node | null;
      if (!isScalar(key) || !key.range || key.value === null) return [];
      const name = String(key.value);
      const value = (pair.value ?? undefined) as Node | undefined;
      const children = items(value, name === 'methods' ? 'method' : 'key');
      const selection = lines.range(key.range[0], key.range[1]);
      return [
        {
          name,
          detail: isScalar(value) && value.value !== null ? plain(value.value) : '',
          kind: kind === 'method' ? kind : children.length > 0 ? ('section' as const) : kind,
          range: lines.range(key.range[0], Math.max(key.range[1], value?.range?.[1] ?? 0)),
          selection,
          children,
        },
      ];
    });
  }
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : showValue(value));
