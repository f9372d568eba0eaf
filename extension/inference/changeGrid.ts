import type { TensorChange } from '../contract/panel.ts';
import { layerName, type TensorSpec } from '../models/model/tensors.ts';

/** The norms of a block come first, whichever of them are tuned. */
const normColumns = ['attention gain', 'attention bias', 'ffn gain', 'ffn bias'];

/** A tensor, and what it belongs to where its site alone would not say. */
type Placed = TensorSpec & { readonly part?: string };

/** `attention gain` of a norm, `attention.query weight`, `prefix key`. */
function columnOf({ site, role, part }: Placed): string {
  if (part !== undefined) return role === 'table' ? part : `${part} ${role}`;
  return `${site.replace(/^norm\./, '')} ${role}`;
}

/** Mean changes by layer and site; tensors of one place add up to one mean. */
export class ChangeGrid {
  readonly #layers: number;
  readonly #columns = new Set<string>();
  readonly #rows = new Set<string>();
  readonly #cells = new Map<string, { sum: number; count: number }>();

  constructor(layers: number) {
    this.#layers = layers;
  }

  /**
   * @param start f32[…] as the run began, @param now the same tensor
   * @param only places of the numbers that are tuned; undefined: all
   */
  add(spec: Placed, start: Float32Array, now: ArrayLike<number>, only?: readonly number[]): void {
    const [row, column] = [layerName(spec), columnOf(spec)];
    this.#rows.add(row);
    this.#columns.add(column);
    const key = `${row}\n${column}`;
    const cell = this.#cells.get(key) ?? { sum: 0, count: 0 };
    for (const i of only ?? start.keys()) cell.sum += Math.abs(now[i]! - start[i]!);
    cell.count += only?.length ?? start.length;
    this.#cells.set(key, cell);
  }

  at(step: number): TensorChange {
    const hasNorms = normColumns.some((column) => this.#columns.has(column));
    const columns = [...new Set([...(hasNorms ? normColumns : []), ...this.#columns])];
    const blocks = Array.from({ length: this.#layers }, (_, layer) => `layer ${layer}`);
    const beside = (row: string): string[] => (this.#rows.has(row) ? [row] : []);
    const mean = (row: string, column: string): number | null => {
      const cell = this.#cells.get(`${row}\n${column}`);
      return cell === undefined ? null : cell.sum / cell.count;
    };
    const layers = [...beside('embedding'), ...blocks, ...beside('final')].map((layer) => ({
      layer,
      meanAbsoluteChange: columns.map((column) => mean(layer, column)),
    }));
    return { step, columns, layers };
  }
}
