import { type Dim, learnSize } from '../graph/dims.ts';
import type { Node } from '../graph/node.ts';
import { type DType, typeText } from '../graph/value.ts';

/** A tensor, as far as feeding it goes: on the host, or kept in an engine. */
interface Feedable {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** A batch as a graph's inputs want it, and what it says about the symbolic dimensions. */
interface BoundFeeds<T extends Feedable> {
  /** One tensor for each input; what the graph does not read is left out. */
  readonly tensors: readonly (readonly [name: string, tensor: T])[];
  /** Sizes of the symbols: `B` → 16. */
  readonly sizes: ReadonlyMap<string, number>;
}

/**
 * Matches feeds with a graph's inputs.
 * @throws Error naming the input whose feed is missing, of another type or shape, or disagrees about a symbol.
 */
export function bindFeeds<T extends Feedable>(
  inputs: readonly Node<'input'>[],
  feeds: Readonly<Record<string, T>>,
): BoundFeeds<T> {
  const sizes = new Map<string, number>();
  const refuse = ({ name, dtype, shape }: Node<'input'>['attributes']): never => {
    const bound = [...sizes].map(([symbol, size]) => `${symbol} = ${size}`).join(', ');
    throw new Error(
      `${name}: the graph needs ${typeText({ dtype, shape })}${bound && ` with ${bound}`}, ` +
        `got ${feeds[name] ? typeText(feeds[name]) : 'nothing'}; feed one batch of that shape`,
    );
  };
  const tensors: [name: string, tensor: T][] = [];
  // A dimension with two unknown symbols waits until others have told one of them.
  let open: (readonly [dim: Dim, size: number, attributes: Node<'input'>['attributes']])[] = [];
  for (const { attributes } of inputs) {
    const { name, dtype, shape } = attributes;
    const tensor = feeds[name];
    if (tensor?.dtype !== dtype || tensor.shape.length !== shape.length) return refuse(attributes);
    tensors.push([name, tensor]);
    for (const [axis, dim] of shape.entries()) {
      const size = tensor.shape[axis]!;
      const fits = learnSize(dim, size, sizes);
      if (fits === false) refuse(attributes);
      if (fits === undefined) open.push([dim, size, attributes]);
    }
  }
  while (open.length > 0) {
    const still = open.filter(([dim, size, attributes]) => {
      const fits = learnSize(dim, size, sizes);
      return fits === undefined || (!fits && refuse(attributes));
    });
    const [first] = still;
    if (first && still.length === open.length) {
      throw new Error(
        `${first[2].name}: no input tells the symbols of ${first[0]} apart; give the graph one that does`,
      );
    }
    open = still;
  }
  return { tensors, sizes };
}
