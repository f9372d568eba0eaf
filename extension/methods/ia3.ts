import * as z from 'zod';
import { multiply } from '../graph/ops.ts';
import type { Site } from '../models/model/tensors.ts';
import { layersOption, resolveLayers } from './declaration/layers.ts';
import type { Method } from './declaration/method.ts';
import { byLayer, layersWith, liesTurned, type PeftPart, rowsOf, siteGrids } from './declaration/peft.ts';
import { linearPlaces, placeIndex } from './declaration/places.ts';

const options = z.strictObject({
  attention_output: z
    .boolean()
    .default(false)
    .describe("Also scale the input of attention's output dense, as PEFT does by default on BERT: (3d+f)L."),
  layers: layersOption,
});
type Ia3Options = z.infer<typeof options>;

/** Keys and values are scaled as they come out; dense layers that follow are scaled at what they read. */
const scalesInput = (site: Site): boolean => site === 'ffn.down' || site === 'attention.output';

/** Learned scales: keys l_k ⊙ k, values l_v ⊙ v, and l_ff ⊙ (activated FFN); ones at first: the frozen model. */
export const ia3: Method<Ia3Options> = {
  name: 'ia3',
  title: '(IA)³',
  summary:
    'Rescales keys, values and the activated FFN by learned vectors: `l_k ⊙ k`, `l_v ⊙ v`, `l_ff ⊙ act(W_up·x)`. ' +
    'Vectors start at one; they merge into weights and biases afterwards.',
  findings: 'The one compared method that did better than full tuning in few-shot use of T0-3B (arXiv 2205.05638).',
  paper:
    'Haokun Liu et al. Few-Shot Parameter-Efficient Fine-Tuning is Better and Cheaper than In-Context Learning. ' +
    'arXiv 2205.05638',
  options,
  learningRate: { default: 5e-3, tiny: 1e-1, small: 2e-2, low: 1e-4, high: 0.2 },
  modules(model, { attention_output, layers }) {
    const scaled = linearPlaces(
      'ia3',
      model,
      ['attention.key', 'attention.value', ...(attention_output ? (['attention.output'] as const) : []), 'ffn.down'],
      resolveLayers('ia3', layers, model.dimensions.layers),
    ).map((place) => ({ ...place, name: `${place.path}.ia3_l` }));
    const at = placeIndex(scaled);
    return {
      unfrozen: [],
      added: scaled.map(({ name, site, layer, inputs, outputs }) => ({
        name,
        shape: [scalesInput(site) ? inputs : outputs],
        role: 'gain' as const,
        site,
        layer,
        initializer: { kind: 'ones' as const },
      })),
      apply: (parameter) => ({
        linearInput(site, layer, x) {
          const place = scalesInput(site) ? at(site, layer) : undefined;
          return place ? multiply(x, parameter(place.name)) : x;
        },
        linearOutput(site, layer, y) {
          const place = scalesInput(site) ? undefined : at(site, layer);
          return place ? multiply(y, parameter(place.name)) : y;
        },
      }),
      /** Scaled output: rows of W and b, where there is one, times l. Scaled input: columns of W times l. */
      fold(tensors) {
        const names = new Set(model.tensors.map((tensor) => tensor.name));
        for (const { path, inputs, outputs, site, name } of scaled) {
          const scale = tensors.read(name);
          const weight = Float32Array.from(tensors.read(`${path}.weight`));
          for (let o = 0; o < outputs; o++) {
            for (let i = 0; i < inputs; i++) weight[o * inputs + i]! *= scalesInput(site) ? scale[i]! : scale[o]!;
          }
          tensors.write(`${path}.weight`, weight);
          if (scalesInput(site) || !names.has(`${path}.bias`)) continue;
          const bias = tensors.read(`${path}.bias`);
          tensors.write(
            `${path}.bias`,
            bias.map((value, o) => value * scale[o]!),
          );
        }
      },
    };
  },
  peft: {
    type: 'IA3',
    wrapper: 'base_model.model.',
    /** Parts of a layer that are not scaled are scaled by one. */
    write(subject) {
      const { dimensions, added, values } = subject;
      const vectors = [...byLayer(subject, added)].map(([path, parts]) => {
        const [{ spec, outputs }] = parts as [PeftPart];
        if (scalesInput(spec.site)) return { path, shape: [1, spec.shape[0]!], data: values(spec.name) };
        const data = new Float32Array(outputs).fill(1);
        for (const { spec, start } of parts) data.set(values(spec.name), start);
        return { path, shape: [outputs, 1], data };
      });
      return {
        config: {
          target_modules: vectors.map(({ path }) => path),
          feedforward_modules: vectors.filter(({ shape }) => shape[0] === 1).map(({ path }) => path),
          fan_in_fan_out: liesTurned(dimensions),
        },
        tensors: new Map(vectors.map(({ path, ...tensor }) => [`${path}.ia3_l`, tensor])),
      };
    },
    part(_, tensor, part) {
      const rows = rowsOf(tensor, part);
      if (typeof rows === 'string' || part.spec.site !== 'attention.query') return rows;
      return rows.every((scale) => scale === 1) ? undefined : 'must be 1 for query, which (IA)³ does not scale here';
    },
    read: (stored) =>
      siteGrids(layersWith(stored, 'ia3_l'), stored.backbone).map(({ sites, layers }) => ({
        attention_output: sites.includes('attention.output'),
        ...layers,
      })),
  },
};
