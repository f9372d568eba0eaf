import type { Node } from '../../graph/node.ts';
import type { Feeds, Tensor } from '../../graph/tensor.ts';
import { typeText } from '../../graph/value.ts';

/** A batch as a graph's inputs want it, and what it says about the symbolic dimensions. */
export interface BoundFeeds {
  /** One tensor for each input; what the graph does not read is left out. */
  readonly tensors: readonly (readonly [name: string, tensor: Tensor])[];
  /** Sizes of the symbols: `B` → 16. */
  readonly sizes: ReadonlyMap<string, number>;
}

/**
 * Matches feeds with a graph's inputs.
 * @throws Error naming the input whose feed is missing, of another type or shape, or disagrees about a symbol.
 */
export function bindFeeds(inputs: readonly Node<'input'>[], feeds: Feeds): BoundFeeds {
  const sizes = new Map<string, number>();
  const fits = (dim: number | string, size: number) => {
    if (typeof dim === 'number') return dim === size;
    if (!sizes.has(dim)) sizes.set(dim, size);
    return sizes.get(dim) === size;
  };
  const tensors = inputs.map(({ attributes: { name, dtype, shape } }) => {
    const tensor = feeds[name];
    if (
      tensor?.dtype === dtype &&
      tensor.shape.length === shape.length &&
      shape.every((dim, axis) => fits(dim, tensor.shape[axis]!))
    ) {
      return [name, tensor] as const;
    }
    const bound = [...sizes].map(([symbol, size]) => `${symbol} = ${size}`).join(', ');
    throw new Error(
      `${name}: the graph needs ${typeText({ dtype, shape })}${bound && ` with ${bound}`}, ` +
        `got ${tensor ? typeText(tensor) : 'nothing'}; feed one batch of that shape`,
    );
  });
  return { tensors, sizes };
}
