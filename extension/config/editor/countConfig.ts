import type { ParameterCounts } from '../../contract/run.ts';
import { countParameters } from '../../methods/declaration/count.ts';
import type { ConfiguredMethod } from '../../methods/declaration/method.ts';
import { UnionError } from '../../methods/declaration/methodError.ts';
import type { ModelDimensions } from '../../models/dimensions.ts';
import { splitParameters, taskTensors } from '../../models/families.ts';
import type { CheckedConfig } from '../checks/check.ts';
import { headOfTask } from '../checks/checkModel.ts';
import type { Environment } from '../checks/environment.ts';
import { resolveConfig } from '../resolved/resolve.ts';

/** How sure the head's size is: it depends on the number of labels, which a check reads from the data. */
export type HeadCertainty = 'exact' | 'labels-so-far' | 'unknown';

/** What a config tunes on its model, as far as it can be told. */
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
  const { model, revision, task, train_pooler, methods: written } = plainObject(value);
  if (typeof model !== 'string' || model === '') return { kind: 'no-model' };
  const [facts, outputs] = await Promise.all([
    environment.model(model, typeof revision === 'string' ? revision : null),
    outputsOf(checked, environment),
  ]);
  if (facts.kind !== 'known') return { kind: facts.kind === 'unknown' ? 'not-downloaded' : 'unusable' };

  const { dimensions } = facts;
  const headKind = Object.hasOwn(headOfTask, String(task)) ? headOfTask[task as keyof typeof headOfTask] : 'sequence';
  const certainty = headKind === 'masked-lm' ? 'exact' : outputs.certainty;
  const parts = taskTensors(dimensions, headKind, headKind === 'masked-lm' ? dimensions.vocabulary : outputs.number);
  const { tensors, head } = splitParameters(parts, { trainPooler: train_pooler !== false });
  const outline = { dimensions, tensors };
  const count = (tuning: readonly ConfiguredMethod[]): ParameterCounts | undefined => {
    if (tuning.length === 0) return undefined;
    try {
      return countParameters(outline, tuning, head);
    } catch (error) {
      // What does not fit the model is reported by the check against it.
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
    head: certainty,
  };
}

interface Outputs {
  readonly number: number;
  readonly certainty: HeadCertainty;
}

/** Outputs of the head by the labels of the training rows; two stand for labels that cannot be read. */
async function outputsOf({ input, methods }: CheckedConfig, environment: Environment): Promise<Outputs> {
  if (input === undefined) return { number: 2, certainty: 'unknown' };
  if (input.task === 'regression') return { number: 1, certainty: 'exact' };
  const { train, on_bad_row: onBadRow } = resolveConfig(input, methods.methods).data;
  const labels =
    input.task === 'masked-lm' ? undefined : await environment.labels(train, { task: input.task, onBadRow });
  if (labels === undefined || labels.distinct.length === 0) return { number: 2, certainty: 'unknown' };
  const certainty = labels.complete && train.limit === null ? 'exact' : 'labels-so-far';
  return { number: labels.distinct.length, certainty };
}

const plainObject = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
