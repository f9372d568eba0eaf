import * as z from 'zod';
import { add, reshape } from '../graph/ops.ts';
import type { Value } from '../graph/value.ts';
import { familyOf } from '../models/families.ts';
import type { NormSite, TensorSpec } from '../models/model/tensors.ts';
import { layersOption, resolveLayers } from './declaration/layers.ts';
import type { AddedTensor, Method, ModelOutline } from './declaration/method.ts';
import { MethodError } from './declaration/methodError.ts';
import { oneOrMore } from './declaration/oneOrMore.ts';
import { siteGrids } from './declaration/peft.ts';
import { chosenBy, selectOption } from './declaration/selection.ts';

const terms = ['gain', 'bias'] as const;
const norms = ['attention', 'ffn', 'embedding', 'position', 'final', 'query', 'key'] as const;

const options = z.strictObject({
  terms: oneOrMore(terms)
    .default([...terms])
    .describe('Which terms of each LayerNorm to tune: `gain` (γ), `bias` (β) or both.'),
  norms: oneOrMore(norms)
    .optional()
    .describe(
      'Which norms to tune: `attention`, `ffn`, `embedding` (BERT-like), `position` (DeBERTa), `final` (GPT-2, Llama), ' +
        '`query` and `key` (Qwen3). Default: every norm of the model; with `layers`, every norm inside those blocks.',
    ),
  layers: layersOption,
  // Absent where it is off, as in runs of before: so seeds of old and new runs are still one group.
  added_bias: z
    .boolean()
    .optional()
    .describe(
      'Give each tuned norm that has no bias (RMSNorm of decoders, ModernBERT’s LayerNorm) a β of its own, zero at ' +
        'first. PEFT and GGUF cannot hold it, a merged model only where its checkpoints may have biases in norms. Default: false.',
    ),
  select: selectOption
    .optional()
    .describe('Tune some of these gains and biases alone: chosen before the first step, and kept in the run.'),
});
type LnTuningOptions = z.infer<typeof options>;

const siteOf = (norm: (typeof norms)[number]): NormSite => `norm.${norm}`;

/** Names of the norms that the model has, in the order of `norms`. */
function normsOf(model: ModelOutline): readonly (typeof norms)[number][] {
  const sites = new Set<string>(model.tensors.map((tensor) => tensor.site));
  return norms.filter((norm) => sites.has(siteOf(norm)));
}

/** A β[d] for a norm of gain[d] that has none, zero at first: training starts at the frozen model. */
const addedBias = (gain: TensorSpec, name: string): AddedTensor => ({
  ...gain,
  name,
  role: 'bias',
  initializer: { kind: 'zeros' },
  isOffset: true,
});

const isAdded = (tensor: TensorSpec | AddedTensor): tensor is AddedTensor => 'initializer' in tensor;

/**
 * Gains and biases at the norms that are meant, those that are added with them, in the model's order.
 * @throws MethodError where there are none
 */
function normTensors(
  model: ModelOutline,
  { terms: wantedTerms, norms: wanted, layers, added_bias }: Omit<LnTuningOptions, 'select'>,
): readonly (TensorSpec | AddedTensor)[] {
  const available = normsOf(model);
  const missing = wanted?.find((norm) => !available.includes(norm));
  if (missing) {
    throw new MethodError('ln-tuning', 'norms', `this model has no ${missing} norm`, `it has ${available.join(', ')}`);
  }
  const blocks = new Set(resolveLayers('ln-tuning', layers, model.dimensions.layers));
  const sites = new Set<string>((wanted ?? available).map(siteOf));
  const outside = layers === undefined || wanted !== undefined;
  const names = new Set(model.tensors.map(({ name }) => name));
  const found = model.tensors.flatMap((spec): (TensorSpec | AddedTensor)[] => {
    const { site, layer, role } = spec;
    if (!sites.has(site) || !(layer === null ? outside : blocks.has(layer))) return [];
    const own = wantedTerms.some((term) => term === role) ? [spec] : [];
    const bias = spec.name.replace(/weight$/, 'bias');
    return added_bias && role === 'gain' && !names.has(bias) ? [...own, addedBias(spec, bias)] : own;
  });
  if (added_bias && !wantedTerms.includes('bias')) {
    const rule = `must be among the terms where added_bias is true, got ${wantedTerms.join(', ')}`;
    throw new MethodError('ln-tuning', 'terms', `bias ${rule}`, 'add bias, or leave added_bias out');
  }
  if (added_bias && !found.some(isAdded)) {
    const rule = 'must be false where every tuned norm has a bias, got true';
    throw new MethodError('ln-tuning', 'added_bias', rule, 'leave it out: these biases are tuned as they are');
  }
  if (found.length === 0) {
    const rule = `these norms have no ${wantedTerms.join(' or ')}`;
    throw new MethodError('ln-tuning', 'terms', rule, 'tune the gain, or set added_bias: true');
  }
  return found;
}

/** y[…,D] + β[d], d = D, or the width of each head where the norm is one of heads. */
function addBias(y: Value, bias: Value): Value {
  const [width] = bias.shape as readonly number[];
  const whole = y.shape.at(-1) as number;
  if (whole === width) return add(y, bias);
  const heads = reshape(y, [...y.shape.slice(0, -1), whole / width!, width!]); // [B,S,H,E]
  return reshape(add(heads, bias), y.shape);
}

/** γ and β of y = γ·x̂ + β become tunable; they start at their pretrained values, so training starts at the frozen model. */
export const lnTuning: Method<LnTuningOptions> = {
  name: 'ln-tuning',
  title: 'LN-tuning',
  summary:
    'Tunes gain γ and bias β of every LayerNorm, `y = γ·x̂ + β`, and nothing else. Starts from the pretrained values, ' +
    'costs nothing at inference and merges into the model.',
  findings:
    'With 0.03 % of the parameters it beats the baselines that tune less than 0.1 % (arXiv 2211.08682). In unions, ' +
    'tuning attention (MHA) and LN together helps, tuning FFN and LN together hurts; prefix + adapter on MHA + LN is best.',
  paper:
    'Wang Qi, Yu-Ping Ruan, Yuan Zuo, Taihao Li. Parameter-Efficient Tuning on Layer Normalization for Pre-trained ' +
    'Language Models. arXiv 2211.08682',
  options,
  learningRate: { default: 1e-3, tiny: 3e-2, small: 5e-3, low: 1e-5, high: 0.1 },
  modules(model, { select, ...options }) {
    if (select?.by === 'magnitude' && options.added_bias) {
      const rule = 'by must be fisher, random or last where added_bias is true, got magnitude';
      throw new MethodError('ln-tuning', 'select', rule, 'new biases are 0: take fisher, or one of the two options');
    }
    const candidates = normTensors(model, options);
    const { tensors, only } = select ? chosenBy('ln-tuning', candidates, select) : { tensors: candidates };
    const added = tensors.filter(isAdded);
    const at = new Map(added.map(({ name, site, layer }) => [`${site} ${layer}`, name]));
    return {
      unfrozen: tensors.filter((tensor) => !isAdded(tensor)),
      added,
      ...(only && { only }),
      ...(added.length > 0 && {
        apply: (parameter) => ({
          normOutput(site, layer, y) {
            const name = at.get(`${site} ${layer}`);
            return name === undefined ? y : addBias(y, parameter(name));
          },
        }),
        fold(tensors) {
          for (const { name } of added) tensors.write(name, tensors.read(name));
        },
      }),
    };
  },
  selection: {
    pending(model, { select, ...options }) {
      if (!select || select.chosen || select.by === 'last') return undefined;
      const { by, unit = 'tensor', share } = select;
      return { by, unit, share, candidates: normTensors(model, options) };
    },
    settled: ({ select, ...options }, chosen) =>
      chosen && select ? { ...options, select: { ...select, chosen: [...chosen] } } : options,
  },
  cannotMerge({ added_bias }, model) {
    const { title, normBiases } = familyOf(model);
    if (!added_bias || normBiases) return undefined;
    return `checkpoints of ${title} have no place for the biases that added_bias gives its norms`;
  },
  parts: () => ['norm'],
  peft: {
    type: 'LN_TUNING',
    wrapper: 'base_model.model.',
    infix: 'ln_tuning_layers.',
    obstacle: ({ added_bias }) =>
      added_bias ? 'PEFT keeps norms as they are, without the biases that added_bias gives them' : undefined,
    /** One entry for norms that are tuned in the same blocks. */
    read({ backbone, has }) {
      const tuned = backbone.filter(({ name, site }) => site.startsWith('norm.') && has(name));
      const found = terms.filter((term) => tuned.some(({ role }) => role === term));
      return siteGrids(tuned, backbone).map(({ sites, layers }) => ({
        terms: found,
        norms: sites.map((site) => site.replace('norm.', '')),
        ...layers,
      }));
    },
  },
};
