import { elements } from '../../graph/tensor.ts';
import { layerName, type TensorSpec } from '../../models/model/tensors.ts';
import { onlyOf, tunedCount } from '../declaration/chosenNumbers.ts';
import type { ConfiguredMethod, ModelOutline } from '../declaration/method.ts';
import { UnionError } from '../declaration/methodError.ts';
import { backboneOf, declareEach } from './declare.ts';
import { storedMethods } from './union.ts';

/** Tunable parameters, always three numbers apart: method, head, base. */
export interface ParameterCounts {
  /** Numbers that the methods tune and keep. */
  method: number;
  /** Numbers that the methods train: more than `method` for a reparameterised prefix. */
  methodTrained: number;
  head: number;
  /** The backbone without the head's tensors. */
  base: number;
  /** 100 · method / base */
  percent: number;
  /** `<method>/<site>` such as `ln-tuning/norm.ffn` (or `…/chosen by the run`), then `pooler` and `head`. */
  byComponent: Record<string, number>;
  /** Bottom to top: `embedding`, `layer 0` …, `final`. */
  byLayer: { layer: string; method: number; head: number }[];
}

const sizeOf = (tensors: Iterable<TensorSpec>): number => {
  let total = 0;
  for (const tensor of tensors) total += elements(tensor.shape);
  return total;
};

interface OwnedTensor {
  readonly spec: TensorSpec;
  /** Places of the numbers that are tuned; undefined: all. */
  readonly only: readonly number[] | undefined;
  readonly owner: string;
  /** Whether it stands for one of as many numbers that a run has still to choose. */
  readonly isPending: boolean;
}

/** The row and site of tensors that a run has still to choose. */
const pendingPlace = 'chosen by the run';

/** Every tensor that methods tune, once, with the entry that it belongs to. */
function tuned(model: ModelOutline, methods: readonly ConfiguredMethod[]): readonly OwnedTensor[] {
  const { declared, problems } = declareEach(model, methods);
  if (problems.length > 0) throw new UnionError(problems);
  const only = onlyOf(declared.map(({ modules }) => modules));
  const owners = new Map<string, OwnedTensor>();
  for (const { name, modules, configured } of declared) {
    const isPending = configured.method.selection?.pending(model, configured.options) !== undefined;
    for (const spec of [...modules.unfrozen, ...modules.added]) {
      const { name: tensor } = spec;
      if (!owners.has(tensor)) owners.set(tensor, { spec, only: only.get(tensor), owner: name, isPending });
    }
  }
  return [...owners.values()];
}

const tunedIn = (tensors: readonly OwnedTensor[]): number =>
  tensors.reduce((sum, { spec, only }) => sum + tunedCount(spec, only), 0);

/**
 * Tunable parameters from sizes alone; a tensor that several methods tune counts once.
 * @param head tensors of the head; with the pooler's they take these out of the base.
 * @throws UnionError when an option does not fit the model.
 */
export function countParameters(
  model: ModelOutline,
  methods: readonly ConfiguredMethod[],
  head: readonly TensorSpec[],
): ParameterCounts {
  const backbone = backboneOf(model, head);
  const kept = tuned(backbone, storedMethods(methods));
  const method = tunedIn(kept);
  const base = sizeOf(backbone.tensors);

  const byComponent: Record<string, number> = {};
  const rows = [
    'embedding',
    ...Array.from({ length: model.dimensions.layers }, (_, layer) => `layer ${layer}`),
    'final',
  ].map((layer) => ({ layer, method: 0, head: 0 }));
  if (kept.some(({ isPending }) => isPending)) rows.push({ layer: pendingPlace, method: 0, head: 0 });
  const add = (size: number, component: string, row: string, part: 'method' | 'head'): void => {
    byComponent[component] = (byComponent[component] ?? 0) + size;
    rows.find(({ layer }) => layer === row)![part] += size;
  };
  for (const { spec, only, owner, isPending } of kept) {
    const [site, row] = isPending ? [pendingPlace, pendingPlace] : [spec.site, layerName(spec)];
    add(tunedCount(spec, only), `${owner}/${site}`, row, 'method');
  }
  for (const spec of head) add(elements(spec.shape), spec.site, layerName(spec), 'head');

  return {
    method,
    methodTrained: tunedIn(tuned(backbone, methods)),
    head: sizeOf(head),
    base,
    percent: base === 0 ? 0 : (100 * method) / base,
    byComponent,
    byLayer: rows,
  };
}
