import * as z from 'zod';
import type { NormSite } from '../models/model/tensors.ts';
import { layersOption, resolveLayers } from './declaration/layers.ts';
import type { Method, ModelOutline } from './declaration/method.ts';
import { MethodError } from './declaration/methodError.ts';
import { oneOrMore } from './declaration/oneOrMore.ts';
import { siteGrids } from './declaration/peft.ts';

const terms = ['gain', 'bias'] as const;
const norms = ['attention', 'ffn', 'embedding', 'final', 'query', 'key'] as const;

const options = z.strictObject({
  terms: oneOrMore(terms)
    .default([...terms])
    .describe('Which terms of each LayerNorm to tune: `gain` (γ), `bias` (β) or both.'),
  norms: oneOrMore(norms)
    .optional()
    .describe(
      'Which norms to tune: `attention`, `ffn`, `embedding` (BERT-like), `final` (GPT-2, Llama), `query` and `key` ' +
        '(Qwen3). Default: every norm of the model; with `layers`, every norm inside those blocks.',
    ),
  layers: layersOption,
});
type LnTuningOptions = z.infer<typeof options>;

const siteOf = (norm: (typeof norms)[number]): NormSite => `norm.${norm}`;

/** Names of the norms that the model has, in the order of `norms`. */
function normsOf(model: ModelOutline): readonly (typeof norms)[number][] {
  const sites = new Set<string>(model.tensors.map((tensor) => tensor.site));
  return norms.filter((norm) => sites.has(siteOf(norm)));
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
  learningRate: { default: 1e-3, low: 1e-5, high: 3e-2 },
  modules(model, { terms: wantedTerms, norms: wanted, layers }) {
    const available = normsOf(model);
    const missing = wanted?.find((norm) => !available.includes(norm));
    if (missing) {
      throw new MethodError(
        'ln-tuning',
        'norms',
        `this model has no ${missing} norm`,
        `it has ${available.join(', ')}`,
      );
    }
    const blocks = new Set(resolveLayers('ln-tuning', layers, model.dimensions.layers));
    const sites = new Set<string>((wanted ?? available).map(siteOf));
    const outside = layers === undefined || wanted !== undefined;
    const unfrozen = model.tensors.filter(
      ({ site, role, layer }) =>
        sites.has(site) && wantedTerms.some((term) => term === role) && (layer === null ? outside : blocks.has(layer)),
    );
    if (unfrozen.length === 0) {
      throw new MethodError('ln-tuning', 'terms', `these norms have no ${wantedTerms.join(' or ')}`, 'tune the gain');
    }
    return { unfrozen, added: [] };
  },
  parts: () => ['norm'],
  peft: {
    type: 'LN_TUNING',
    wrapper: 'base_model.model.',
    infix: 'ln_tuning_layers.',
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
