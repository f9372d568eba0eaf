import * as z from 'zod';
import { layersOption, resolveLayers } from './declaration/layers.ts';
import type { Method } from './declaration/method.ts';
import { MethodError } from './declaration/methodError.ts';

const options = z.strictObject({
  norm_biases: z.boolean().default(true).describe('Tune the LayerNorm biases too.'),
  layers: layersOption,
});
type BitfitOptions = z.infer<typeof options>;

/** Every bias of the backbone becomes tunable; a key bias learns only beside a prefix (softmax ignores a constant shift). */
export const bitfit: Method<BitfitOptions> = {
  name: 'bitfit',
  title: 'BitFit',
  summary:
    'Tunes every bias of the backbone (linear layers and, unless `norm_biases: false`, LayerNorms). A pooler that ' +
    'belongs to the backbone trains its bias only.',
  findings:
    'On small to medium training sets competitive with, sometimes better than, tuning the whole BERT (arXiv 2106.10199). ' +
    'Key biases get a gradient of exactly zero unless a prefix is there: softmax does not see a shift of all scores.',
  paper:
    'Elad Ben Zaken, Shauli Ravfogel, Yoav Goldberg. BitFit: Simple Parameter-efficient Fine-tuning for ' +
    'Transformer-based Masked Language-models. arXiv 2106.10199',
  options,
  learningRate: { default: 1e-3, tiny: 5e-2, small: 5e-3, low: 1e-5, high: 0.1 },
  modules(model, { norm_biases, layers }) {
    const blocks = new Set(resolveLayers('bitfit', layers, model.dimensions.layers));
    const unfrozen = model.tensors.filter(
      ({ role, site, layer }) =>
        role === 'bias' &&
        (norm_biases || !site.startsWith('norm.')) &&
        (layer === null ? layers === undefined : blocks.has(layer)),
    );
    if (!model.tensors.some(({ role }) => role === 'bias')) {
      throw new MethodError('bitfit', undefined, 'this model has no biases', 'use ln-tuning, lora or ia3');
    }
    if (unfrozen.length === 0) {
      const rule = 'must be true for this model, whose norms alone have biases, got false';
      throw new MethodError('bitfit', 'norm_biases', rule, 'leave it out, or use lora or ia3');
    }
    return { unfrozen, added: [] };
  },
};
