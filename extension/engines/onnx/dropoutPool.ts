import { topological } from '../../graph/node.ts';
import type { Graph, Shape } from '../../graph/value.ts';
import { Random } from '../../numbers/random.ts';

/**
 * Windows start below this, whatever the batch: so that offsets depend on seed, step, micro-batch and site only, and
 * never on how large a batch was or is.
 */
const offsetRange = 2 ** 22;

/** The pool is made in blocks, each from its own seed: a larger pool begins with the smaller one. */
const blockLength = 2 ** 16;

/**
 * Random bits for one dropout rate: element i is 1 (kept) with probability 1 − rate. A mask is a window of the pool;
 * nothing here has a state that a checkpoint must hold.
 */
export class DropoutPool {
  private bits = new Uint8Array(0);

  constructor(
    private readonly seed: number,
    private readonly rate: number,
  ) {}

  /** The pool, long enough for windows of `length` elements: bool[P]. */
  forWindows(length: number): Uint8Array {
    const blocks = Math.ceil((offsetRange + length) / blockLength);
    const made = this.bits.length / blockLength;
    if (blocks > made) {
      const grown = new Uint8Array(blocks * blockLength);
      grown.set(this.bits);
      for (let block = made; block < blocks; block++) this.fill(grown, block);
      this.bits = grown;
    }
    return this.bits;
  }

  private fill(bits: Uint8Array, block: number): void {
    const random = new Random(this.seed, 'dropout pool', this.rate, block);
    const threshold = this.rate * 2 ** 32;
    const end = (block + 1) * blockLength;
    for (let i = block * blockLength; i < end; i++) bits[i] = random.nextWord() < threshold ? 0 : 1;
  }
}

/** Where each site's window starts: i64[sites], from seed, step (from 1) and micro-batch (from 0) alone. */
export function dropoutOffsets(seed: number, step: number, microBatch: number, sites: number): BigInt64Array {
  const random = new Random(seed, 'dropout offsets', step, microBatch);
  return BigInt64Array.from({ length: sites }, () => BigInt(random.nextInt(offsetRange)));
}

/** Shapes of the masks that a graph draws, by dropout rate. */
export function maskShapes(graph: Graph): ReadonlyMap<number, readonly Shape[]> {
  const shapes = new Map<number, Shape[]>();
  for (const node of topological(Object.values(graph.outputs))) {
    if (node.op !== 'dropout' && node.op !== 'attention') continue;
    const { rate } = node.attributes;
    const { kept } = node.outputs;
    if (rate === undefined || !kept) continue;
    shapes.set(rate, [...(shapes.get(rate) ?? []), kept.shape]);
  }
  return shapes;
}
