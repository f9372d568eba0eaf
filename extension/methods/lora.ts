import * as z from 'zod';
import { add, affine, linear, multiply } from '../graph/ops.ts';
import type { LinearSite, TensorSpec } from '../models/model/tensors.ts';
import { gatedOption, gateObstacle, gateOf, gateTensors } from './declaration/gate.ts';
import { layersOption, resolveLayers } from './declaration/layers.ts';
import type { Method } from './declaration/method.ts';
import { oneOrMore } from './declaration/oneOrMore.ts';
import { byLayer, layersWith, liesTurned, type PeftPart, peftPart, rowsOf, siteGrids } from './declaration/peft.ts';
import { linearPlaces, placeIndex } from './declaration/places.ts';

const sites = {
  query: 'attention.query',
  key: 'attention.key',
  value: 'attention.value',
  output: 'attention.output',
  gate: 'ffn.gate',
  up: 'ffn.up',
  down: 'ffn.down',
} as const satisfies Record<string, LinearSite>;
type Target = keyof typeof sites;
const usualTargets = ['query', 'value'] as const satisfies readonly Target[];
const targets: readonly [Target, ...Target[]] = ['query', 'key', 'value', 'output', 'gate', 'up', 'down'];

const options = z.strictObject({
  rank: z.int().min(1).max(1024).default(8).describe('Rank r of the update: A is [r,in], B is [out,r].'),
  alpha: z.number().positive().default(16).describe('The update is scaled by α/r.'),
  targets: oneOrMore(targets)
    .default([...usualTargets])
    .describe(
      'Linear layers to adapt: `query`, `key`, `value`, `output` of attention, `up` and `down` of the FFN, `gate` where it ' +
        'has one (Llama, Mistral, Qwen, ModernBERT).',
    ),
  layers: layersOption,
  gated: gatedOption,
});
type LoraOptions = z.infer<typeof options>;

/** Values of layers by names that their paths end in; PEFT takes regular expressions too. */
const patternOf = <Of extends z.ZodType>(value: Of) =>
  z
    .record(z.string(), value)
    .refine(
      (pattern) => Object.keys(pattern).every((key) => /^[\w.]+$/.test(key)),
      'must have names of layers as keys',
    );
const peftConfig = z.looseObject({
  r: z.int().positive(),
  lora_alpha: z.number().positive(),
  bias: z.literal('none').nullish(),
  use_rslora: z.boolean().nullish(),
  use_dora: z.literal(false).nullish(),
  rank_pattern: patternOf(z.int().positive()).nullish(),
  alpha_pattern: patternOf(z.number().positive()).nullish(),
});

/** y = W·x + b + g·(α/r)·B·A·x on chosen linear layers, g = σ(w·x + b') where it is gated, else 1; B starts at zero, so training starts at the frozen model. */
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
  learningRate: { default: 5e-4, tiny: 1e-2, small: 3e-3, large: 3e-4, low: 1e-5, high: 1e-2 },
  modules(model, { rank, alpha, targets, layers, gated }) {
    const adapted = linearPlaces(
      'lora',
      model,
      targets.map((target) => sites[target]),
      resolveLayers('lora', layers, model.dimensions.layers),
    ).map((place) => ({
      ...place,
      ...{ a: `${place.path}.lora_A.weight`, b: `${place.path}.lora_B.weight`, gate: `${place.path}.lora_gate` },
    }));
    const at = placeIndex(adapted);
    const weights = new Map(
      adapted.map((place): [TensorSpec, (typeof adapted)[number]] => {
        const { path, site, layer, inputs, outputs } = place;
        return [{ name: `${path}.weight`, shape: [outputs, inputs], role: 'weight', site, layer }, place];
      }),
    );
    /** (α/r)·B·A, f64[out,in] */
    const update = (place: (typeof adapted)[number], read: (name: string) => Float32Array): Float64Array => {
      const { inputs, outputs } = place;
      const [a, b] = [read(place.a), read(place.b)];
      const change = new Float64Array(outputs * inputs);
      for (let o = 0; o < outputs; o++) {
        for (let i = 0; i < inputs; i++) {
          let product = 0;
          for (let k = 0; k < rank; k++) product += b[o * rank + k]! * a[k * inputs + i]!;
          change[o * inputs + i] = (alpha / rank) * product;
        }
      }
      return change;
    };
    return {
      unfrozen: [],
      added: adapted.flatMap(({ site, layer, inputs, outputs, a, b, gate }) => {
        const spec = { site, layer, role: 'weight' } as const;
        const initializer = { kind: 'uniform', bound: 1 / Math.sqrt(inputs) } as const;
        return [
          { ...spec, name: a, shape: [rank, inputs], initializer },
          { ...spec, name: b, shape: [outputs, rank], initializer: { kind: 'zeros' } as const },
          ...(gated ? gateTensors(gate, inputs, { site, layer, part: `${site} gate` }) : []),
        ];
      }),
      apply: (parameter) => ({
        linearOutput(site, layer, y, x) {
          const place = at(site, layer);
          if (!place) return y;
          const update = affine(linear(linear(x, parameter(place.a)), parameter(place.b)), alpha / rank);
          return add(y, gated ? multiply(update, gateOf(parameter, place.gate, x)) : update);
        },
      }),
      moved: {
        specs: [...weights.keys()],
        by: adapted.flatMap(({ a, b }) => [a, b]),
        change: (spec, read) => update(weights.get(spec)!, read),
      },
      /** W[out,in] += (α/r)·B[out,r]·A[r,in] */
      fold(tensors) {
        for (const [{ name }, place] of weights) {
          const change = update(place, tensors.read);
          tensors.write(
            name,
            tensors.read(name).map((value, i) => value + change[i]!),
          );
        }
      },
    };
  },
  cannotMerge: ({ gated }) => (gated ? gateObstacle : undefined),
  parts: ({ targets }) => targets.map((target) => (sites[target].startsWith('ffn.') ? 'ffn' : 'attention')),
  awayFromFfn({ targets }) {
    const others = targets.filter((target) => !sites[target].startsWith('ffn.'));
    return { option: 'targets', value: `[${(others.length > 0 ? others : usualTargets).join(', ')}]` };
  },
  peft: {
    type: 'LORA',
    wrapper: 'base_model.model.',
    obstacle: ({ gated }) => (gated ? 'PEFT has no gates' : undefined),
    write(subject) {
      const { options, dimensions, added, values } = subject;
      const { rank, alpha } = options;
      const layers = byLayer(
        subject,
        added.filter(({ name }) => name.endsWith('.lora_A.weight')),
      );
      const counts = new Map([...layers].map(([path, parts]) => [path, parts.length]));
      const [usual = 1] = counts.values();
      const others = [...counts].filter(([, count]) => count !== usual);
      return {
        config: {
          r: usual * rank,
          lora_alpha: usual * alpha,
          rank_pattern: Object.fromEntries(others.map(([path, count]) => [path, count * rank])),
          alpha_pattern: Object.fromEntries(others.map(([path, count]) => [path, count * alpha])),
          lora_dropout: 0,
          bias: 'none',
          fan_in_fan_out: liesTurned(dimensions),
          target_modules: [...layers.keys()],
        },
        tensors: new Map(
          [...layers].flatMap(([path, parts]) => {
            const { a, b } = joined(parts, rank, values);
            return [[`${path}.lora_A.weight`, a] as const, [`${path}.lora_B.weight`, b] as const];
          }),
        ),
      };
    },
    /** All parts read the same A. */
    part: (suffix, tensor, part) => (suffix === 'lora_B.weight' ? rowsOf(tensor, part) : tensor.data),
    read(stored) {
      const config = stored.config(peftConfig);
      const groups = new Map<string, { rank: number; alpha: number; adapted: TensorSpec[] }>();
      for (const spec of layersWith(stored, 'lora_A.weight')) {
        const { path } = peftPart(stored.dimensions, spec);
        const rank = endingValue(config.rank_pattern, path) ?? config.r;
        const own = endingValue(config.alpha_pattern, path) ?? config.lora_alpha;
        const alpha = config.use_rslora ? own * Math.sqrt(rank) : own;
        const key = `${rank} ${alpha}`;
        groups.set(key, { rank, alpha, adapted: [...(groups.get(key)?.adapted ?? []), spec] });
      }
      return [...groups.values()].flatMap(({ rank, alpha, adapted }) =>
        siteGrids(adapted, stored.backbone).map((grid) => ({
          rank,
          alpha,
          targets: targets.filter((target) => grid.sites.includes(sites[target])),
          ...grid.layers,
        })),
      );
    },
  },
};

/** The first value whose key ends a layer's path. */
const endingValue = (pattern: Readonly<Record<string, number>> | null | undefined, path: string): number | undefined =>
  Object.entries(pattern ?? {}).find(([key]) => `.${path}`.endsWith(`.${key}`))?.[1];

/**
 * The update of a layer of which several parts are adapted, each by its own A and B: the As one below the other, and
 * the Bs where the part's outputs meet its A. At n times the rank and n times α the scale stays α/r.
 */
function joined(parts: readonly PeftPart[], rank: number, values: (name: string) => Float32Array) {
  const [{ outputs, spec }] = parts as [PeftPart];
  const inputs = spec.shape[1]!;
  const whole = parts.length * rank;
  const a = new Float32Array(whole * inputs);
  const b = new Float32Array(outputs * whole);
  for (const [i, { start, end, spec }] of parts.entries()) {
    a.set(values(spec.name), i * rank * inputs);
    const own = values(spec.name.replace(/lora_A(?=\.weight$)/, 'lora_B'));
    for (let row = 0; row < end - start; row++) {
      b.set(own.subarray(row * rank, (row + 1) * rank), (start + row) * whole + i * rank);
    }
  }
  return { a: { shape: [whole, inputs], data: a }, b: { shape: [outputs, whole], data: b } };
}
