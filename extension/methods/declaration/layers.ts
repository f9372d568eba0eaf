import * as z from 'zod';
import { MethodError } from './methodError.ts';

const rule = 'a block number, a range such as 6-11, or a list such as [0, 2, 4-6]';
const layerItem = z
  .union([z.int().min(0), z.string().regex(/^\s*\d+\s*(-\s*\d+\s*)?$/)])
  .meta({ rule: 'a block number or a range such as 6-11' });

/** The option `layers`: `3`, `6-11`, or a list such as `[0, 2, 4-6]`; blocks count from 0. */
export const layersOption = z
  .union([layerItem, z.array(layerItem).min(1)])
  .optional()
  .meta({
    rule,
    description: 'Blocks to tune, counted from 0: a number, a range such as `6-11`, or a list of these. Default: all.',
  });

type LayersOption = z.infer<typeof layersOption>;

/**
 * The blocks that an option names, lowest first; all `count` of them for `undefined`.
 * @throws MethodError for a block that the model does not have, or a range that runs backwards.
 */
export function resolveLayers(method: string, option: LayersOption, count: number): readonly number[] {
  if (option === undefined) return Array.from({ length: count }, (_, layer) => layer);
  const selected = new Set<number>();
  for (const item of Array.isArray(option) ? option : [option]) {
    const [first = Number.NaN, last = first] = String(item).split('-').map(Number);
    if (last < first) {
      throw new MethodError(method, 'layers', `a range must run upwards, got ${item}`, `write ${last}-${first}`);
    }
    if (last >= count) {
      const rule = `must be within 0 … ${count - 1} for this model of ${count} blocks, got ${item}`;
      throw new MethodError(method, 'layers', rule, 'count blocks from 0');
    }
    for (let layer = first; layer <= last; layer++) selected.add(layer);
  }
  return [...selected].sort((a, b) => a - b);
}
