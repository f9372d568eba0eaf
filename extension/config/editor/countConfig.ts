import type { ParameterCounts } from '../../contract/run.ts';
import type { ConfiguredMethod } from '../../methods/declaration/method.ts';
import { UnionError } from '../../methods/declaration/methodError.ts';
import { countParameters } from '../../methods/entries/count.ts';
import { splitParameters, taskTensors } from '../../models/families.ts';
import type { ModelDimensions } from '../../models/model/dimensions.ts';
import { knownTask, tasks } from '../../tasks/registry.ts';
import type { Task } from '../../tasks/task.ts';
import type { CheckedConfig } from '../checks/check.ts';
import type { Environment } from '../checks/environment.ts';
import { draftConfig } from '../resolved/resolve.ts';

/** How sure the head's size is: it depends on the number of labels, which a check reads from the data. */
type HeadCertainty = 'exact' | 'labels-so-far' | 'unknown';

/** Counts of a config on its model, as far as they are known. */
export type ConfigCount =
  /** Nothing names a model yet, or the one named is not on this machine, or cannot be used. */
  | { readonly kind: 'no-model' | 'not-downloaded' | 'unusable' }
  | {
      readonly kind: 'counted';
      readonly dimensions: ModelDimensions;
      /** Undefined while an entry of `methods` is wrong: a sum without it would be wrong too. */
      readonly total: ParameterCounts | undefined;
      /** One per entry of `methods` (one for a bare entry); undefined for an entry that is wrong. */
      readonly entries: readonly (ParameterCounts | undefined)[];
      readonly head: HeadCertainty;
    };

/**
 * Counts what a config tunes from its model's sizes and its data's labels, even while other parts of it are wrong.
 * Downloads nothing and builds nothing.
 */
export async function countConfig(checked: CheckedConfig, environment: Environment): Promise<ConfigCount> {
  const { value, methods } = checked;
  const { model, revision, task: named, train_pooler, methods: written } = plainObject(value);
  if (typeof model !== 'string' || model === '') return { kind: 'no-model' };
  // One that is not written yet is most likely the first.
  const task: Task = knownTask(named) ?? tasks[0];
  const [facts, labels] = await Promise.all([
    environment.model(model, typeof revision === 'string' ? revision : null),
    labelsOf(checked, task, environment),
  ]);
  if (facts.kind !== 'known') return { kind: facts.kind === 'unknown' ? 'not-downloaded' : 'unusable' };

  const { dimensions } = facts;
  const parts = taskTensors(dimensions, task.head, task.outputs(labels.names, dimensions.vocabulary));
  const { tensors, head } = splitParameters(parts, { trainPooler: train_pooler !== false });
  const outline = { dimensions, tensors };
  const count = (tuning: readonly ConfiguredMethod[]): ParameterCounts | undefined => {
    if (tuning.length === 0) return undefined;
    try {
      return countParameters(outline, tuning, head);
    } catch (error) {
      // The check against the model reports options that do not fit it.
      if (error instanceof UnionError) return undefined;
      throw error;
    }
  };

  const entries = Array.isArray(written) ? [...written.keys()] : written == null ? [] : [undefined];
  const inEntry = (index: number | undefined, path: readonly (string | number)[]): boolean =>
    index === undefined || path[0] === index;
  return {
    kind: 'counted',
    dimensions,
    total: methods.problems.length > 0 ? undefined : count(methods.methods),
    entries: entries.map((index) =>
      methods.problems.some(({ path }) => inEntry(index, path))
        ? undefined
        : count(methods.methods.filter(({ path }) => inEntry(index, path))),
    ),
    head: labels.certainty,
  };
}

interface Labels {
  readonly names: readonly string[];
  readonly certainty: HeadCertainty;
}

/** Labels of the training rows; two stand for labels that cannot be read. */
async function labelsOf({ input, methods }: CheckedConfig, task: Task, environment: Environment): Promise<Labels> {
  if (task.labels !== 'classes') return { names: [], certainty: 'exact' };
  const unknown = { names: ['0', '1'], certainty: 'unknown' } as const;
  if (input === undefined) return unknown;
  const { train, on_bad_row: onBadRow } = draftConfig(input, methods.methods).data;
  const labels = await environment.labels(train, { task: input.task, onBadRow });
  if (labels === undefined || labels.distinct.length === 0) return unknown;
  const certainty = labels.complete && train.limit === null ? 'exact' : 'labels-so-far';
  return { names: labels.distinct, certainty };
}

const plainObject = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
