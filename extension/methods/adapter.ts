import * as z from 'zod';
import { add, affine, gelu, linear, multiply, relu, sigmoid, tanh } from '../graph/ops.ts';
import type { Value } from '../graph/value.ts';
import { gatedOption, gateOf, gateTensors } from './declaration/gate.ts';
import { layersOption, resolveLayers } from './declaration/layers.ts';
import type { Method } from './declaration/method.ts';
import { oneOrMore } from './declaration/oneOrMore.ts';
import { blockPath } from './declaration/places.ts';

const activations = {
  relu,
  gelu: (x: Value) => gelu(x),
  swish: (x: Value) => multiply(x, sigmoid(x)),
  tanh,
} as const;

const options = z.strictObject({
  at: oneOrMore(['attention', 'ffn'])
    .default(['ffn'])
    .describe('After which block the adapter sits: `attention`, `ffn`, or both.'),
  placement: z
    .enum(['sequential', 'parallel'])
    .default('sequential')
    .describe(
      "`sequential` reads the block's output (after its dense and dropout, before residual add and LayerNorm); " +
        "`parallel` reads the block's input.",
    ),
  bottleneck: z.int().min(1).max(8192).default(16).describe('Bottleneck width r.'),
  activation: z
    .enum(['relu', 'gelu', 'swish', 'tanh'])
    .default('relu')
    .describe('Activation inside the bottleneck. `relu` as MAM and Pfeiffer have it.'),
  scale: z.number().positive().optional().describe('Scale s of the update. Default: 1 sequential, 4 parallel.'),
  layers: layersOption,
  gated: gatedOption,
});
type AdapterOptions = z.infer<typeof options>;

const learningRate = { default: 5e-4, tiny: 1e-2, small: 3e-3, low: 1e-5, high: 1e-2 };

/** h + g·s·(W_up·act(W_down·u + b) + b'), g = σ(w·u + b'') where it is gated, else 1; u = h (sequential) or the block's input (parallel). */
export const adapter: Method<AdapterOptions> = {
  name: 'adapter',
  title: 'Adapter',
  summary:
    'Adds a bottleneck network to a block: `h + s·W_up(act(W_down u))`, where u is the block’s output (`sequential`) or its ' +
    'input (`parallel`). A parallel adapter starts at the frozen model (W_up = 0). Sits before the residual add; the ' +
    'pretrained LayerNorm follows once.',
  findings:
    'Houlsby et al. come within 0.4 % of full tuning on GLUE with 3.6 % of the parameters a task. With LN-tuning, an ' +
    'adapter at attention helps and one at the FFN hurts (arXiv 2211.08682).',
  paper: 'Neil Houlsby et al. Parameter-Efficient Transfer Learning for NLP. arXiv 1902.00751',
  letters: { r: 'bottleneck' },
  options,
  learningRate,
  // Its scale of 4 makes the steps of a parallel one larger already; at 3e-3 it breaks down beside a prefix (docs/defaults.md).
  rateWith: ({ placement }) => (placement === 'parallel' ? { ...learningRate, small: 1e-3 } : learningRate),
  modules(model, options) {
    const { at, placement, bottleneck, activation, gated } = options;
    const { hidden, layers } = model.dimensions;
    const parallel = placement === 'parallel';
    const scale = options.scale ?? (parallel ? 4 : 1);
    const near = { kind: 'normal', deviation: 0.02 } as const;
    const zeros = { kind: 'zeros' } as const;
    const [downInit, upInit] = parallel
      ? [{ kind: 'uniform', bound: 1 / Math.sqrt(hidden) } as const, zeros]
      : [near, near];
    // Sequential and parallel adapters of one block are different tensors, so that a union may hold both.
    const name = parallel ? 'parallel_adapter' : 'adapter';
    const adapters = resolveLayers('adapter', options.layers, layers).flatMap((layer) =>
      at.map((block) => ({ block, layer, path: `${blockPath(model, layer)}.${block}.${name}` })),
    );
    return {
      unfrozen: [],
      added: adapters.flatMap(({ block, layer, path }) => {
        const site = block === 'attention' ? 'attention.output' : 'ffn.down';
        const spec = { site, layer, part: `${block} ${parallel ? 'parallel adapter' : 'adapter'}` } as const;
        return [
          { ...spec, name: `${path}.down.weight`, shape: [bottleneck, hidden], role: 'weight', initializer: downInit },
          { ...spec, name: `${path}.down.bias`, shape: [bottleneck], role: 'bias', initializer: zeros },
          { ...spec, name: `${path}.up.weight`, shape: [hidden, bottleneck], role: 'weight', initializer: upInit },
          { ...spec, name: `${path}.up.bias`, shape: [hidden], role: 'bias', initializer: zeros },
          ...(gated ? gateTensors(`${path}.gate`, hidden, { ...spec, part: `${spec.part} gate` }) : []),
        ] as const;
      }),
      apply: (parameter) => ({
        blockOutput(block, layer, h, blockInput) {
          const found = adapters.find((adapter) => adapter.block === block && adapter.layer === layer);
          if (!found) return h;
          const dense = (x: Value, part: 'down' | 'up') =>
            linear(x, parameter(`${found.path}.${part}.weight`), parameter(`${found.path}.${part}.bias`));
          const read = parallel ? blockInput : h;
          const update = dense(activations[activation](dense(read, 'down')), 'up');
          const scaled = scale === 1 ? update : affine(update, scale);
          return add(h, gated ? multiply(scaled, gateOf(parameter, `${found.path}.gate`, read)) : scaled);
        },
      }),
    };
  },
  parts: ({ at }) => at,
  awayFromFfn: () => ({ option: 'at', value: 'attention' }),
  cannotMerge: () => 'the bottleneck has an activation inside: no single weight of the model equals it',
};
