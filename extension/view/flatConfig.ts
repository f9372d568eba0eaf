import type { RecordedConfig, RunRecord } from '../contract/run.ts';

function leafText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.map(String).join('+');
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}

/** Each method of a config with its options; one that occurs again is `adapter 2`. */
function methodsOf({ methods }: RecordedConfig): readonly (readonly [name: string, options: unknown])[] {
  const entries = methods.flatMap((entry) => Object.entries(entry));
  return entries.map(([name, options], index) => {
    const before = entries.slice(0, index).filter(([other]) => other === name).length;
    return [before === 0 ? name : `${name} ${before + 1}`, options];
  });
}

/** A key of the config under its method's name, as everywhere: `methods[1].adapter.at` → `adapter 2.at`. */
export const methodKey = (config: RecordedConfig, key: string): string =>
  key.replace(/^methods\[(\d+)\]\.[^.]+/, (own, index) => methodsOf(config)[Number(index)]?.[0] ?? own);

/**
 * A config as dotted keys and values, the methods' options first, each under its method's name: `ln-tuning.terms`, `lora.rank`,
 * `training.batch_size`.
 */
export function configValues({ config }: RunRecord): ReadonlyMap<string, unknown> {
  const { methods, ...rest } = config;
  const own = methodsOf(config);
  return new Map<string, unknown>([
    ...own.flatMap(([name, options]) => leaves(options, name)),
    ['methods', own.map(([name]) => name).join(' + ')],
    ...leaves(rest, ''),
  ]);
}

const flatConfigs = new WeakMap<object, ReadonlyMap<string, string>>();

/** The same with values as texts, `ln-tuning.terms` → `gain+bias`; what is not set reads as empty. Kept, for records never change. */
export function flatConfigOf(record: RunRecord): ReadonlyMap<string, string> {
  const known = flatConfigs.get(record.config);
  if (known !== undefined) return known;
  const flat = new Map([...configValues(record)].map(([key, value]) => [key, leafText(value)]));
  flatConfigs.set(record.config, flat);
  return flat;
}

/** Dotted keys and values below a path. */
function leaves(value: unknown, path: string): readonly (readonly [key: string, value: unknown])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`));
}

/** Keys of the methods' own options. */
export function optionKeys(records: readonly RunRecord[]): ReadonlySet<string> {
  return new Set(
    records.flatMap(({ config }) =>
      methodsOf(config).flatMap(([name, options]) => leaves(options, name).map(([key]) => key)),
    ),
  );
}

/**
 * Keys whose values differ among runs, with each run's value; an absent key reads as empty. An option of a method
 * is compared among the runs that have the method, and a learning rate that follows from `training.learning_rate` is
 * told by that key.
 */
export function differingKeys(records: readonly RunRecord[]): ReadonlyMap<string, readonly string[]> {
  const flats = records.map(flatConfigOf);
  const options = optionKeys(records);
  const differing = new Map<string, readonly string[]>();
  for (const key of new Set(flats.flatMap((flat) => [...flat.keys()]))) {
    const values = flats.map((flat) => flat.get(key) ?? '');
    const compared = options.has(key) ? values.filter((_, index) => flats[index]!.has(key)) : values;
    if (compared.every((value) => value === compared[0])) continue;
    const follows =
      options.has(key) &&
      key.endsWith('.learning_rate') &&
      flats.every((flat) => !flat.has(key) || flat.get(key) === flat.get('training.learning_rate'));
    if (!follows) differing.set(key, values);
  }
  return differing;
}

/** `lr 1e-3`, `lr 1e-3, 3e-3` of methods with rates of their own: what a run learns at, the head aside. */
export function ratesText({ record }: { readonly record: RunRecord }): string {
  const flat = flatConfigOf(record);
  const own = [...optionKeys([record])].filter((key) => key.endsWith('.learning_rate'));
  const rates = (own.length > 0 ? own : ['training.learning_rate']).map((key) => Number(flat.get(key) || Number.NaN));
  const told = [...new Set(rates)].filter(Number.isFinite).sort((a, b) => a - b);
  if (told.length === 0) return 'No learning rate';
  return `lr ${told.map((rate) => (rate < 0.01 ? rate.toExponential() : String(rate))).join(', ')}`;
}
