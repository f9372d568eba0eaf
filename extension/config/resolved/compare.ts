import type { RecordedConfig } from '../../contract/run.ts';
import { findMethod } from '../../methods/registry.ts';
import type { ModelDimensions } from '../../models/model/dimensions.ts';
import { formatPath, type ValuePath } from '../../problems/finding.ts';
import { configSchema } from '../schema/schema.ts';
import { type ConfigDraft, type ResolvedSplit, resolveConfig, usualConfig } from './resolve.ts';

/** A leaf of a config: `training.seed` and its value. */
interface Leaf {
  readonly path: ValuePath;
  readonly value: unknown;
}

/** As much of a config as a comparison needs: a resolved one, or any version's from a run's record. */
type ComparableConfig = Pick<RecordedConfig, 'methods'>;

/** One row of a comparison: the key, and its value in each config (undefined where it does not occur). */
export interface ConfigDifference {
  readonly key: string;
  readonly values: readonly unknown[];
}

/** A key whose value is not the default. */
interface ChangedKey {
  readonly key: string;
  readonly value: unknown;
  readonly default: unknown;
}

function leaves(value: unknown, path: ValuePath = []): readonly Leaf[] {
  if (typeof value !== 'object' || value === null) return [{ path, value }];
  // A list of plain values is one value; only lists of mappings are taken apart.
  if (Array.isArray(value)) {
    const plain = value.every((item) => typeof item !== 'object' || item === null);
    return plain ? [{ path, value }] : value.flatMap((item, index) => leaves(item, [...path, index]));
  }
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Names of the methods in order: `prefix + ln-tuning`. */
const methodNames = (config: ComparableConfig): string =>
  config.methods.flatMap((method) => Object.keys(method)).join(' + ');

/**
 * The keys in which configs differ, as `--set` takes them and in the order of the schema, with every config's value. Configs that
 * tune different methods differ in `methods` alone, not in each option.
 */
export function diffConfigs(configs: readonly ComparableConfig[]): readonly ConfigDifference[] {
  const names = configs.map(methodNames);
  const sameMethods = names.every((name) => name === names[0]);
  const tables = configs.map((config) => {
    const { methods, ...rest } = config;
    const table = new Map(leaves(rest).map(({ path, value }) => [formatPath(path), value]));
    if (!sameMethods) table.set('methods', methodNames(config));
    else for (const { path, value } of leaves(methods, ['methods'])) table.set(formatPath(path), value);
    return table;
  });
  const keys = [...new Set(tables.flatMap((table) => [...table.keys()]))];
  return keys
    .map((key) => ({ key, values: tables.map((table) => table.get(key)) }))
    .filter(({ values }) => values.some((value) => !same(value, values[0])));
}

/**
 * The keys that a config sets to something else than their default. Model, task, data files and the choice of methods
 * are what an experiment is about, not a change; a value that follows from another key (every learning rate from
 * `training.learning_rate`) is listed once, under that key.
 * @param model for defaults that depend on the model's width
 */
export function changedKeys(config: ConfigDraft, model?: ModelDimensions): readonly ChangedKey[] {
  const { learning_rate, max_steps } = config.training;
  const whole = (split: ResolvedSplit | null) => split && { ...split, limit: null };
  const { train, validation, test } = config.data;
  const input = configSchema.parse({
    model: config.model,
    task: config.task,
    data: { train: whole(train), validation: whole(validation), test: whole(test) },
    methods: methodNames(config),
    training: { learning_rate, max_steps },
  });
  const plain = config.methods.flatMap((entry) =>
    Object.keys(entry).flatMap((name) => {
      const method = findMethod(name);
      return method === undefined ? [] : [{ method, options: method.options.parse({}), learningRate: undefined }];
    }),
  );
  const roots = { learning_rate, max_steps };
  return [
    ...Object.entries(roots)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => ({ key: `training.${key}`, value, default: null })),
    ...diffConfigs([model === undefined ? usualConfig(input, plain) : resolveConfig(input, plain, model), config])
      .filter(({ key }) => key !== 'methods' && key !== 'name' && key !== 'revision')
      .map(({ key, values }) => ({ key, value: values[1], default: values[0] })),
  ];
}
