import type { ModelWeights } from '../checkpoint/modelFolder.ts';
import type { RunSplits } from '../data/batches/runData.ts';
import { ignoredLabel } from '../graph/ops.ts';
import { targetsOf } from './someRows.ts';
import type { RowsOfRun } from './trunk/runRows.ts';

/**
 * What is known of the classes before a text is read, log p_c = ln((n_c + 1) / Σ (n + 1)) with n_c labels of class c in the
 * training rows; undefined for a task without classes. A tagger whose head begins at 0 would learn first that nearly all words
 * are `O`, by moving what it tunes as one, and adapters lose by that what tells words apart.
 * @see Lin et al., "Focal Loss for Dense Object Detection", arXiv 1708.02002, §4.1, where a head begins so
 */
export function classPriors(
  { task, labels }: Pick<RowsOfRun, 'task' | 'labels'>,
  { train }: Pick<RunSplits, 'train'>,
  batchSize: number,
): Float32Array | undefined {
  if (task.labels !== 'classes') return undefined;
  const counts = new Array<number>(labels.length).fill(1);
  for (const target of targetsOf(train, batchSize)) {
    for (const label of target) if (label !== ignoredLabel) counts[label]! += 1;
  }
  const all = counts.reduce((sum, count) => sum + count, 0);
  return Float32Array.from(counts, (count) => Math.log(count / all));
}

/** A model's weights with the priors as the bias of a head that begins at random; a head of the checkpoint, or one without biases, stays. */
export function withPriors(priors: Float32Array | undefined, weights: ModelWeights): ModelWeights {
  if (priors === undefined) return weights;
  const ofClasses = new Set(weights.perClass.map(({ name }) => name));
  const biases = weights.fresh.filter(({ spec: { name, role } }) => role === 'bias' && ofClasses.has(name));
  const names = new Set(biases.map(({ spec }) => spec.name));
  return { ...weights, read: async (name) => (names.has(name) ? priors.slice() : await weights.read(name)) };
}
