import * as z from 'zod';
import { add, affine, linear } from '../graph/ops.ts';
import type { LinearSite } from '../models/model/tensors.ts';
import { layersOption, resolveLayers } from './declaration/layers.ts';
import type { Method } from './declaration/method.ts';
import { oneOrMore } from './declaration/oneOrMore.ts';
import { fusedObstacle, layersWith, liesTurned, siteGrids } from './declaration/peft.ts';
import { linearPlaces, placeIndex } from './declaration/places.ts';

const sites = {
  query: 'attention.query',
  key: 'attention.key',
  value: 'attention.value',
  output: 'attention.output',
  up: 'ffn.up',
  down: 'ffn.down',
} as const satisfies Record<string, LinearSite>;
type Target = keyof typeof sites;
const usualTargets = ['query', 'value'] as const satisfies readonly Target[];
const targets: readonly [Target, ...Target[]] = ['query', 'key', 'value', 'output', 'up', 'down'];

const options = z.strictObject({
  rank: z.int().min(1).max(1024).default(8).describe('Rank r of the update: A is [r,in], B is [out,r].'),
  alpha: z.number().positive().default(16).describe('The update is scaled by α/r.'),
  targets: oneOrMore(targets)
    .default([...usualTargets])
    .describe('Linear layers to adapt: `query`, `key`, `value`, `output` of attention, `up` and `down` of the FFN.'),
  layers: layersOption,
});
type LoraOptions = z.infer<typeof options>;

const empty = z.record(z.string(), z.unknown()).refine((pattern) => Object.keys(pattern).length === 0, 'must be empty');
const peftConfig = z.looseObject({
  r: z.int().positive(),
  lora_alpha: z.number().positive(),
  bias: z.literal('none').nullish(),
  use_rslora: z.boolean().nullish(),
  use_dora: z.literal(false).nullish(),
  rank_pattern: empty.nullish(),
  alpha_pattern: empty.nullish(),
});

/** y = W·x + b + (α/r)·B·A·x on chosen linear layers; B starts at zero, so training starts at the frozen model. */
export const lora: Method<LoraOptions> = {
  name: 'lora',
  title: 'LoRA',
  summary:
    'Adds a low-rank update to chosen linear layers: `W + (α/r)·B·A`. B starts at zero, A uniformly in ±1/√in; merges ' +
    'into the weights afterwards.',
  findings:
    'With GPT-3, adapting query and value does better than spending the same number of parameters on either alone ' +
    '(arXiv 2106.09685, section 7.1).',
  paper: 'Edward J. Hu et al. LoRA: Low-Rank Adaptation of Large Language Models. arXiv 2106.09685',
  letters: { r: 'rank' },
  options,
  learningRate: { default: 5e-4, large: 3e-4, low: 1e-5, high: 1e-2 },
  modules(model, { rank, alpha, targets, layers }) {
    const adapted = linearPlaces(
      'lora',
      model,
      targets.map((target) => sites[target]),
      resolveLayers('lora', layers, model.dimensions.layers),
    ).map((place) => ({ ...place, a: `${place.path}.lora_A.weight`, b: `${place.path}.lora_B.weight` }));
    const at = placeIndex(adapted);
    return {
      unfrozen: [],
      added: adapted.flatMap(({ site, layer, inputs, outputs, a, b }) => {
        const spec = { site, layer, role: 'weight' } as const;
        const initializer = { kind: 'uniform', bound: 1 / Math.sqrt(inputs) } as const;
        return [
          { ...spec, name: a, shape: [rank, inputs], initializer },
          { ...spec, name: b, shape: [outputs, rank], initializer: { kind: 'zeros' } as const },
        ];
      }),
      apply: (parameter) => ({
        linearOutput(site, layer, y, x) {
          const place = at(site, layer);
          if (!place) return y;
          return add(y, affine(linear(linear(x, parameter(place.a)), parameter(place.b)), alpha / rank));
        },
      }),
      /** W[out,in] += (α/r)·B[out,r]·A[r,in] */
      fold(tensors) {
        for (const { path, inputs, outputs, ...names } of adapted) {
          const [a, b] = [tensors.read(names.a), tensors.read(names.b)];
          const weight = Float32Array.from(tensors.read(`${path}.weight`));
          for (let o = 0; o < outputs; o++) {
            for (let i = 0; i < inputs; i++) {
              let product = 0;
              for (let k = 0; k < rank; k++) product += b[o * rank + k]! * a[k * inputs + i]!;
              weight[o * inputs + i]! += (alpha / rank) * product;
            }
          }
          tensors.write(`${path}.weight`, weight);
        }
      },
    };
  },
  parts: ({ targets }) => targets.map((target) => (sites[target].startsWith('ffn.') ? 'ffn' : 'attention')),
  awayFromFfn({ targets }) {
    const others = targets.filter((target) => !sites[target].startsWith('ffn.'));
    return { option: 'targets', value: `[${(others.length > 0 ? others : usualTargets).join(', ')}]` };
  },
  peft: {
    type: 'LORA',
    wrapper: 'base_model.model.',
    obstacle: ({ targets }, model) =>
      fusedObstacle(
        model,
        targets.map((target) => sites[target]),
      ),
    write({ options: { rank, alpha }, dimensions, added, keyOf, values }) {
      const tensors = added.map((spec) => [keyOf(spec), { shape: spec.shape, data: values(spec.name) }] as const);
      const targets = tensors.map(([key]) => key.replace(/\.lora_[AB]\.weight$/, ''));
      return {
        config: {
          r: rank,
          lora_alpha: alpha,
          lora_dropout: 0,
          bias: 'none',
          fan_in_fan_out: liesTurned(dimensions),
          target_modules: [...new Set(targets)],
        },
        tensors: new Map(tensors),
      };
    },
    read(stored) {
      const { r, lora_alpha, use_rslora } = stored.config(peftConfig);
      const alpha = use_rslora ? lora_alpha * Math.sqrt(r) : lora_alpha;
      return siteGrids(layersWith(stored, 'lora_A.weight'), stored.backbone).map((grid) => ({
        rank: r,
        alpha,
        targets: targets.filter((target) => grid.sites.includes(sites[target])),
        ...grid.layers,
      }));
    },
  },
};
