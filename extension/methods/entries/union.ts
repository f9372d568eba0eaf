import type { Value } from '../../graph/value.ts';
import type { ModelDimensions } from '../../models/model/dimensions.ts';
import { composeTransforms, type SiteTransforms } from '../../models/model/sites.ts';
import type { BatchReads, ConfiguredMethod, ModelOutline, TensorAccess } from '../declaration/method.ts';
import { methods as registry } from '../registry.ts';
import { modulesOf } from './entries.ts';

/** A union in the registry's order, in which its methods act and merge whatever order a config lists them in. */
export function inOrder<M extends ConfiguredMethod>(methods: readonly M[]): readonly M[] {
  const rank = ({ method }: M): number => registry.findIndex(({ name }) => name === method.name);
  return [...methods].sort((a, b) => rank(a) - rank(b));
}

/** How a union changes the values at a model's sites. */
export function unionTransforms(
  model: ModelOutline,
  methods: readonly ConfiguredMethod[],
  parameter: (name: string) => Value,
  batch: BatchReads,
): Required<SiteTransforms> {
  return composeTransforms(
    modulesOf(model, inOrder(methods)).map((modules) => modules.apply?.(parameter, batch) ?? {}),
  );
}

/** The union as it is kept after training: reparameterised methods in their folded form. */
export const storedMethods = (methods: readonly ConfiguredMethod[]): readonly ConfiguredMethod[] =>
  methods.map((configured) => {
    const { method, options } = configured;
    return method.storedForm ? { ...configured, options: method.storedForm.options(options) } : configured;
  });

/** Writes the kept tensors that differ from the trained ones; all others are kept as they are. */
export function foldStored(model: ModelOutline, methods: readonly ConfiguredMethod[], tensors: TensorAccess): void {
  for (const { method, options } of methods) method.storedForm?.fold(model, options, tensors);
}

/** Why a union cannot become plain weights of a model, naming the methods that cannot; undefined when it can. */
export function mergeObstacle(model: ModelDimensions, methods: readonly ConfiguredMethod[]): string | undefined {
  const reasons = new Map(
    methods.flatMap(({ method, options }) => {
      const reason = method.cannotMerge?.(options, model);
      return reason === undefined ? [] : [[method.name, reason] as const];
    }),
  );
  if (reasons.size === 0) return undefined;
  return [...reasons].map(([name, reason]) => `${name} cannot be merged: ${reason}`).join('; ');
}

/**
 * Folds every method of a union into the base weights; what only was unfrozen takes the place of its pretrained values.
 * @throws RangeError when one of them cannot be folded; see `mergeObstacle`.
 */
export function mergeUnion(model: ModelOutline, methods: readonly ConfiguredMethod[], tensors: TensorAccess): void {
  const obstacle = mergeObstacle(model.dimensions, methods);
  if (obstacle !== undefined) throw new RangeError(obstacle);
  for (const { unfrozen, fold } of modulesOf(model, inOrder(methods))) {
    for (const { name } of unfrozen) tensors.write(name, tensors.read(name));
    fold?.(tensors);
  }
}
