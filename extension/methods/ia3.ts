import * as z from 'zod';
import { multiply } from '../graph/ops.ts';
import type { LinearSite } from '../models/tensors.ts';
import { layersOption, resolveLayers } from './declaration/layers.ts';
import type { Method, ModelOutline } from './declaration/method.ts';
import { type LinearPlace, linearPlaces, placeIndex } from './declaration/places.ts';

const options = z.strictObject({
  attention_output: z
    .boolean()
    .default(false)
    .describe("Also scale the input of attention's output dense, as PEFT does by default on BERT: (3d+f)L."),
  layers: layersOption,
});
type Ia3Options = z.infer<typeof options>;

/** Keys and values are scaled as they come out; dense layers that follow are scaled at what they read. */
const scalesInput = (site: LinearSite): boolean => site === 'ffn.down' || site === 'attention.output';

const places = (model: ModelOutline, { attention_output, layers }: Ia3Options): readonly LinearPlace[] =>
  linearPlaces(
    'ia3',
    model,
    ['attention.key', 'attention.value', ...(attention_output ? (['attention.output'] as const) : []), 'ffn.down'],
    resolveLayers('ia3', layers, model.dimensions.layers),
  );
const nameOf = (place: LinearPlace): string => `${place.path}.ia3_l`;

/** Learned scales: keys l_k ⊙ k, values l_v ⊙ v, and l_ff ⊙ (activated FFN); ones at first: the frozen model. */
export const ia3: Method<Ia3Options> = {
  name: 'ia3',
  title: '(IA)³',
  summary:
    'Rescales keys, values and the activated FFN by learned vectors: `l_k ⊙ k`, `l_v ⊙ v`, `l_ff ⊙ act(W_up·x)`. ' +
    'Vectors start at one; they merge into weights and biases afterwards.',
  formula: '(2d+f)L',
  findings: 'The one compared method that did better than full tuning in few-shot use of T0-3B (arXiv 2205.05638).',
  paper:
    'Haokun Liu et al. Few-Shot Parameter-Efficient Fine-Tuning is Better and Cheaper than In-Context Learning. ' +
    'arXiv 2205.05638',
  options,
  learningRate: { default: 5e-3, low: 1e-4, high: 5e-2 },
  declare(model, options) {
    const added = places(model, options).map((place) => ({
      name: nameOf(place),
      shape: [scalesInput(place.site) ? place.inputs : place.outputs],
      role: 'gain' as const,
      site: place.site,
      layer: place.layer,
      initializer: { kind: 'ones' as const },
    }));
    return { unfrozen: [], added };
  },
  transforms(model, options, parameter) {
    const at = placeIndex(places(model, options));
    return {
      linearInput(site, layer, x) {
        const place = scalesInput(site) ? at(site, layer) : undefined;
        return place ? multiply(x, parameter(nameOf(place))) : x;
      },
      linearOutput(site, layer, y) {
        const place = scalesInput(site) ? undefined : at(site, layer);
        return place ? multiply(y, parameter(nameOf(place))) : y;
      },
    };
  },
  merge: {
    kind: 'fold',
    /** Scaled output: rows of W and b times l. Scaled input: columns of W times l. */
    fold(model, options, tensors) {
      for (const place of places(model, options)) {
        const { path, inputs, outputs, site } = place;
        const scale = tensors.read(nameOf(place));
        const weight = Float32Array.from(tensors.read(`${path}.weight`));
        for (let o = 0; o < outputs; o++) {
          for (let i = 0; i < inputs; i++) weight[o * inputs + i]! *= scalesInput(site) ? scale[i]! : scale[o]!;
        }
        tensors.write(`${path}.weight`, weight);
        if (scalesInput(site)) continue;
        tensors.write(
          `${path}.bias`,
          tensors.read(`${path}.bias`).map((value, o) => value * scale[o]!),
        );
      }
    },
  },
};
