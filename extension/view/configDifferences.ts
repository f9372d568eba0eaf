import type { RunRecord } from '../contract/run.ts';
import { oneLine } from './oneLine.ts';

/** One value of a run's config: `lora`, `rank`, `16`. */
interface Leaf {
  /** Of a method's own option. */
  readonly method: string | undefined;
  readonly name: string;
  readonly value: string;
}

/** Names as people shorten them; `lr` is the widest spread of all. */
const shortNames: Readonly<Record<string, string>> = {
  learning_rate: 'lr',
  head_learning_rate: 'head lr',
  batch_size: 'batch',
  validation_split: 'split',
  // Their values say enough.
  model: '',
  task: '',
};

/** Said elsewhere in a row, followed by other keys, or without a say in what is learned. */
const untold =
  /^(name|revision|python|threads|torchrun|num_processes|compile|training\.(seed|learning_rate|kept_activations_mb|keep_best|checkpoint_steps)|data\.(in_memory_mb|(train|validation|test)\.format))$/;

/** Records never change. */
const leavesOf = new WeakMap<object, ReadonlyMap<string, Leaf>>();

/**
 * What the configs of runs say differently, options of methods first: `rank 16`, `lr 3e-3`.
 * @returns for each record, in the order given; nothing where all are the same
 */
export function configDifferences(records: readonly RunRecord[]): readonly (readonly string[])[] {
  const configs = records.map(configLeaves);
  const keys = new Set(configs.flatMap((config) => [...config.keys()]));
  const differing = [...keys].filter((key) =>
    configs.some((config) => config.get(key)?.value !== configs[0]!.get(key)?.value),
  );
  return configs.map((config) => {
    const leaves = differing.flatMap((key) => config.get(key) ?? []).filter(({ value }) => value !== '');
    // One rate for every method is said once.
    const isShared = (leaf: Leaf): boolean =>
      leaves.every((other) => other.name !== leaf.name || other.value === leaf.value);
    const words = leaves.map((leaf) => [...(isShared(leaf) ? [] : [leaf.method]), leaf.name, leaf.value]);
    return [...new Set(words.map((word) => word.filter(Boolean).join(' ')))];
  });
}

/** The config's values by key, those that say nothing too: keys of all runs have one order. */
function configLeaves(record: RunRecord): ReadonlyMap<string, Leaf> {
  const known = leavesOf.get(record);
  if (known !== undefined) return known;
  const leaves = new Map<string, Leaf>();
  const { methods, ...rest } = record.config;
  const visit = (value: unknown, keys: readonly string[], method: string | undefined): void => {
    const key = keys.join('.');
    if (untold.test(key)) return;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [name, inner] of Object.entries(value)) visit(inner, [...keys, name], method);
      return;
    }
    // A file's place is the split that it is.
    const name = keys.at(-1) === 'file' ? keys.at(-2)! : keys.at(-1)!;
    leaves.set(key, { method, name: shortNames[name] ?? name, value: valueText(value) });
  };
  for (const entry of Array.isArray(methods) ? methods : []) {
    if (typeof entry !== 'object' || entry === null) continue;
    for (const [method, options] of Object.entries(entry)) visit(options, ['methods', method], oneLine(method));
  }
  visit(rest, [], undefined);
  leavesOf.set(record, leaves);
  return leaves;
}

/** Longest value shown. */
const valueRoom = 24;

/** `1e-3`, `query+value`, `attention`; empty where nothing is said. */
function valueText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') {
    return value !== 0 && Math.abs(value) < 0.01 ? value.toExponential() : String(value);
  }
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.map(String).join('+');
  const text = oneLine(typeof value === 'string' ? value.split(/[\\/]/).at(-1)! : JSON.stringify(value));
  return text.length <= valueRoom ? text : `${text.slice(0, valueRoom - 1)}…`;
}
