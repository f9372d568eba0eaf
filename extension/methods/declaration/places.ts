import type { LinearSite } from '../../models/model/tensors.ts';
import type { ModelOutline } from './method.ts';
import { MethodError } from './methodError.ts';

/** One linear layer of a model, as a method that changes it sees it. */
interface LinearPlace {
  readonly site: LinearSite;
  readonly layer: number;
  /** Its module path, to which a method appends: `encoder.layer.0.attention.self.query`. */
  readonly path: string;
  /** Width that it reads. */
  readonly inputs: number;
  /** Width that it gives. */
  readonly outputs: number;
}

/**
 * The linear layers at some sites of some blocks, block by block.
 * @throws MethodError when the model has no such layer.
 */
export function linearPlaces(
  method: string,
  model: ModelOutline,
  sites: readonly LinearSite[],
  layers: readonly number[],
): readonly LinearPlace[] {
  const weights = model.tensors.filter(({ role, layer }) => role === 'weight' && layer !== null);
  const index = new Map(weights.map((weight) => [`${weight.layer} ${weight.site}`, weight]));
  return layers.flatMap((layer) =>
    sites.map((site) => {
      const weight = index.get(`${layer} ${site}`);
      if (!weight) {
        const has = [...new Set(weights.map((other) => other.site))].join(', ');
        throw new MethodError(
          method,
          undefined,
          `needs ${site}, which block ${layer} of this model lacks`,
          `it has ${has}`,
        );
      }
      const [outputs = 0, inputs = 0] = weight.shape;
      return { site, layer, path: weight.name.replace(/\.weight$/, ''), inputs, outputs };
    }),
  );
}

/** Looks up the place that a transform is called for. */
export function placeIndex<Place extends LinearPlace>(
  places: readonly Place[],
): (site: LinearSite, layer: number) => Place | undefined {
  const index = new Map(places.map((place) => [`${place.layer} ${place.site}`, place]));
  return (site, layer) => index.get(`${layer} ${site}`);
}

/**
 * Path of a block, for tensors that belong to none of its layers: `encoder.layer.0`, `h.0`. Where no part of its names is
 * its own number, as in ALBERT's groups of several blocks: up to the last number, `encoder.albert_layer_groups.1.albert_layers.0`.
 */
export function blockPath(model: ModelOutline, layer: number): string {
  const name = model.tensors.find((tensor) => tensor.layer === layer)?.name ?? '';
  const path = new RegExp(`^(.*?\\b${layer}|.*\\.\\d+)\\.`).exec(name)?.[1];
  if (path === undefined) throw new RangeError(`no tensor of block ${layer} carries a number in its name`);
  return path;
}
