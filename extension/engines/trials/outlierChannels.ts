import { frozenProduct } from '../../graph/frozenProduct.ts';
import { topological } from '../../graph/node.ts';
import { multiply, sum } from '../../graph/ops.ts';
import type { Feeds, FrozenTensor } from '../../graph/tensor.ts';
import type { Graph, Value } from '../../graph/value.ts';
import type { Engine, OpenOptions, OutlierChannels } from '../engine.ts';

/** How many input channels of a linear are multiplied in fp32: of most, and of those that make fewer channels of many. */
const [ordinary, narrowing] = [16, 64];

/** At most this part of the channels, in models so small that they have few. */
const mostShare = 1 / 4;

/** An output must not be called as a parameter is. */
const inputsOf = 'inputs of ';

/**
 * A graph that measures the input channels of every frozen linear: Σ x⁴ over all tokens. The fourth power is nearly the
 * largest |x|, yet a channel that is large in many tokens counts for more.
 */
function channelGraph(forward: Graph): Graph {
  const sizes = new Map<Value, Value>();
  const outputs: Record<string, Value> = {};
  for (const node of topological(Object.values(forward.outputs))) {
    const product = frozenProduct(node);
    if (node.op !== 'linear' || !product) continue;
    const { x } = node.inputs;
    const squares = multiply(x, x);
    const tokens = x.shape.slice(0, -1).map((_, axis) => axis);
    const size = sizes.get(x) ?? sum(multiply(squares, squares), tokens);
    sizes.set(x, size);
    outputs[inputsOf + product.name] = size;
  }
  return { outputs };
}

/** What channels are measured in: a forward pass in which nothing is tuned, its values, and batches. */
export interface ChannelSample {
  readonly forward: Graph;
  readonly frozen: () => Promise<ReadonlyMap<string, FrozenTensor>>;
  readonly batches: readonly Feeds[];
}

/** The largest input channels of every frozen linear over some batches, in order. */
export async function outlierChannels(
  engine: Engine,
  options: OpenOptions,
  { forward, frozen: values, batches }: ChannelSample,
): Promise<OutlierChannels> {
  const frozen = await values();
  const sizes = new Map<string, Float64Array>();
  // A few passes: time spent on preparing weights for them would be lost.
  const asked = { ...options, backbone: 'fp32', expectedSteps: batches.length } as const;
  const session = await engine.open({ channels: channelGraph(forward) }, frozen, asked);
  try {
    for (const feeds of batches) {
      const { outputs } = await session.run('channels', feeds);
      for (const [name, { data }] of Object.entries(outputs)) {
        const total = sizes.get(name) ?? new Float64Array(data.length);
        for (const [i, size] of (data as Float32Array).entries()) total[i]! += size;
        sizes.set(name, total);
      }
    }
  } finally {
    await session.close();
  }
  const named = [...sizes].map(([output, total]) => {
    const name = output.slice(inputsOf.length);
    const isNarrowing = total.length > frozen.get(name)!.shape[0]!;
    const count = Math.min(isNarrowing ? narrowing : ordinary, Math.floor(total.length * mostShare));
    const bySize = [...total.keys()].sort((a, b) => total[b]! - total[a]! || a - b);
    return [name, bySize.slice(0, count).sort((a, b) => a - b)] as const;
  });
  return Object.fromEntries(named);
}
