import { parse as parseYaml, YAMLParseError } from 'yaml';
import * as z from 'zod';
import { findPreset, type Preset, presets } from '../presets.ts';
import { findMethod, methods } from '../registry.ts';
import type { ConfiguredMethod, Method } from './method.ts';
import type { MethodProblem } from './methodError.ts';
import { optionProblems, showValue, unknownName } from './optionProblems.ts';

/** A configured method and where the value of `methods` names it (for a part of a preset: the preset's entry). */
export interface PlacedMethod extends ConfiguredMethod {
  readonly path: MethodProblem['path'];
}

export interface ParsedMethods {
  /** Every entry that is right, presets expanded, in the order written. */
  readonly methods: readonly PlacedMethod[];
  /** The same with entries of which only options are wrong, as if those were left out: for checks of the rest. */
  readonly assumed: readonly PlacedMethod[];
  /** `prefix + adapter + ln-tuning`; a preset goes by its own name. */
  readonly label: string;
  /** Empty when all is right. */
  readonly problems: readonly MethodProblem[];
}

/** The option that every entry takes beside its own. */
const learningRateOption = z
  .number()
  .positive()
  .max(1)
  .optional()
  .describe("Learning rate of this method's tensors. Default: `training.learning_rate`, else the method's own.");

/** All names that an entry may have: methods, then presets. */
export const entryNames: readonly string[] = [...methods, ...presets].map(({ name }) => name);

/** The options that an entry may set, with the schema of each; a preset takes options of its parts under their names. */
export function entryOptions(name: string): Readonly<Record<string, z.ZodType>> | undefined {
  const entry = findMethod(name) ?? findPreset(name);
  if (!entry) return undefined;
  const parts = 'partNames' in entry ? entry.partNames : [];
  const nested = parts.map((part) => [
    part,
    z
      .strictObject(entryOptions(part) ?? {})
      .partial()
      .optional(),
  ]);
  return { ...entry.options.shape, ...Object.fromEntries(nested), learning_rate: learningRateOption };
}

/**
 * Reads the value of a config's `methods`: a name, `{name: options}`, or a list of these. Never throws: what is wrong
 * comes back as problems.
 */
export function parseMethods(value: unknown): ParsedMethods {
  const entries: readonly (readonly [unknown, MethodProblem['path']])[] = Array.isArray(value)
    ? value.map((entry, index) => [entry, [index]])
    : [[value, []]];
  if (entries.length === 0) return failed([], `must name at least one method; choose from ${entryNames.join(', ')}`);
  const parsed = entries.map(([entry, path]) => parseEntry(entry, path));
  return {
    methods: parsed.flatMap((entry) => entry.methods),
    assumed: parsed.flatMap((entry) => entry.assumed),
    label: parsed.map((entry) => entry.label).join(' + '),
    problems: parsed.flatMap((entry) => entry.problems),
  };
}

/** Reads methods as the command line writes them: `ln-tuning`, `unified`, `[prefix, ln-tuning]`, `lora: {rank: 4}`. */
export function parseMethodsText(text: string): ParsedMethods {
  const value = readYaml(text);
  return value.ok ? parseMethods(value.value) : failed([], value.message);
}

type Yaml = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

function readYaml(text: string): Yaml {
  try {
    return { ok: true, value: parseYaml(text, { prettyErrors: false }) };
  } catch (error) {
    if (!(error instanceof YAMLParseError || error instanceof ReferenceError)) throw error;
    const message = `must be a method, {method: options} or a list of these, got ${showValue(text)}; ${error.message}`;
    return { ok: false, message };
  }
}

const failed = (path: MethodProblem['path'], message: string): ParsedMethods => ({
  methods: [],
  assumed: [],
  label: '',
  problems: [{ path, message }],
});

function parseEntry(entry: unknown, path: MethodProblem['path']): ParsedMethods {
  if (typeof entry === 'string') return parseNamed(entry, undefined, path);
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry) || Object.keys(entry).length === 0) {
    return failed(path, `must be a method's name or {method: options}, got ${showValue(entry)}`);
  }
  const parsed = Object.entries(entry).map(([name, options]) => parseNamed(name, options, [...path, name]));
  return {
    methods: parsed.flatMap((part) => part.methods),
    assumed: parsed.flatMap((part) => part.assumed),
    label: parsed.map((part) => part.label).join(' + '),
    problems: parsed.flatMap((part) => part.problems),
  };
}

function parseNamed(name: string, written: unknown, path: MethodProblem['path']): ParsedMethods {
  const options = written ?? {};
  if (typeof options !== 'object' || Array.isArray(options)) {
    const example = Object.keys(entryOptions(name) ?? {})[0] ?? 'learning_rate';
    return failed(path, `must be options such as {${example}: …}, got ${showValue(written)}`);
  }
  const record = options as Readonly<Record<string, unknown>>;
  const method = findMethod(name);
  if (method) return parseMethod(method, {}, record, path);
  const preset = findPreset(name);
  if (preset) return parsePreset(preset, record, path);
  return {
    methods: [],
    assumed: [],
    label: name,
    problems: [listAsText(name, path) ?? unknownName('method', name, entryNames, path)],
  };
}

/** `methods: ln-tuning, lora` is one word in YAML. */
function listAsText(name: string, path: MethodProblem['path']): MethodProblem | undefined {
  const names = name.split(/\s*[,+]\s*/);
  if (names.length < 2 || !names.every((one) => entryNames.includes(one))) return undefined;
  const suggestion = `[${names.join(', ')}]`;
  const message = `several methods must be a list, got ${showValue(name)}; write ${suggestion}`;
  return path.length === 0 ? { path, message, suggestion } : { path, message };
}

function parseMethod(
  method: Method,
  given: Readonly<Record<string, unknown>>,
  written: Readonly<Record<string, unknown>>,
  path: MethodProblem['path'],
): ParsedMethods {
  const { learning_rate, ...own } = written;
  const options = { ...given, ...own };
  const known = [...Object.keys(method.options.shape), 'learning_rate'];
  const parsed = method.options.safeParse(options);
  const rate = learningRateOption.safeParse(learning_rate);
  const problems = [
    ...(parsed.success ? [] : optionProblems(parsed.error, options, path, known)),
    ...(rate.success ? [] : optionProblems(rate.error, learning_rate, [...path, 'learning_rate'], [])),
  ];
  const ok = parsed.success && rate.success;
  if (ok) {
    const placed = [{ method, options: parsed.data, learningRate: rate.data, path }];
    return { methods: placed, assumed: placed, label: method.name, problems };
  }
  const wrong = new Set(problems.map((problem) => problem.path[path.length]));
  const rest = method.options.safeParse(Object.fromEntries(Object.entries(options).filter(([key]) => !wrong.has(key))));
  const assumed = rest.success ? [{ method, options: rest.data, learningRate: rate.data, path }] : [];
  return { methods: [], assumed, label: method.name, problems };
}

function parsePreset(
  preset: Preset,
  written: Readonly<Record<string, unknown>>,
  path: MethodProblem['path'],
): ParsedMethods {
  const { partNames, name } = preset;
  const isPart = ([key]: readonly [string, unknown]): boolean => partNames.includes(key);
  const overrides = new Map(Object.entries(written).filter(isPart));
  const { learning_rate, ...short } = Object.fromEntries(Object.entries(written).filter((entry) => !isPart(entry)));
  const known = [...Object.keys(preset.options.shape), ...partNames, 'learning_rate'];
  const parsed = preset.options.safeParse(short);
  const rate = learningRateOption.safeParse(learning_rate);
  const problems = [
    ...(parsed.success ? [] : optionProblems(parsed.error, short, path, known)),
    ...(rate.success ? [] : optionProblems(rate.error, learning_rate, [...path, 'learning_rate'], [])),
  ];
  if (!parsed.success || !rate.success) return { methods: [], assumed: [], label: name, problems };

  const used = preset.parts(parsed.data);
  const expanded = used.map((part) => {
    const own = overrides.get(part.method) ?? {};
    const at = [...path, part.method];
    if (typeof own !== 'object' || Array.isArray(own)) {
      return failed(at, `must be options such as {learning_rate: …}, got ${showValue(own)}`);
    }
    const shared = rate.data === undefined ? {} : { learning_rate: rate.data };
    return parseMethod(findMethod(part.method)!, part.options, { ...shared, ...own }, at);
  });
  const unused = [...overrides.keys()].filter((key) => !used.some((part) => part.method === key));
  return {
    methods: expanded.flatMap((part) => part.methods),
    assumed: expanded.flatMap((part) => part.assumed),
    label: name,
    problems: [
      ...expanded.flatMap((part) => part.problems),
      ...unused.map((key) => ({
        path: [...path, key],
        message: `${name} has no ${key} part with these options; remove ${key}, or switch it on (${Object.keys(preset.options.shape).join(', ')})`,
      })),
    ],
  };
}
