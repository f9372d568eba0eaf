import { parse as parseYaml, YAMLParseError } from 'yaml';
import * as z from 'zod';
import { explainIssues, nameMeant } from '../../problems/explainIssues.ts';
import { type Cure, changeTo, type Finding, type ValuePath, within } from '../../problems/finding.ts';
import { shortName, showValue } from '../../problems/showValue.ts';
import type { ConfiguredMethod, Method } from '../declaration/method.ts';
import { findPreset, type Preset } from '../presets.ts';
import { findMethod } from '../registry.ts';
import { entryNames, entryOptions, learningRateOption, optionKeys } from './entryOptions.ts';

/** A configured method and where the value of `methods` names it (for a part of a preset: the preset's entry). */
export interface PlacedMethod extends ConfiguredMethod {
  readonly path: ValuePath;
}

export interface ParsedMethods {
  /** Every entry that is right, presets expanded, in the order written. */
  readonly methods: readonly PlacedMethod[];
  /** The same with entries of which only options are wrong, as if those were left out: for checks of the rest. */
  readonly assumed: readonly PlacedMethod[];
  /** `prefix + adapter + ln-tuning`; a preset goes by its own name. */
  readonly label: string;
  /** Empty when all is right. */
  readonly problems: readonly Finding[];
}

/**
 * Reads the value of a config's `methods`: a name, `{name: options}`, or a list of these. Never throws: what is wrong
 * comes back as problems.
 */
export function parseMethods(value: unknown): ParsedMethods {
  const entries: readonly (readonly [unknown, ValuePath])[] = Array.isArray(value)
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

const failed = (path: ValuePath, message: string): ParsedMethods => ({
  methods: [],
  assumed: [],
  label: '',
  problems: [methodProblem(path, message)],
});

const methodProblem = (path: ValuePath, message: string, cures: readonly Cure[] = []): Finding => ({
  severity: 'error',
  code: 'method',
  path,
  message,
  ...(cures.length > 0 && { cures }),
});

function parseEntry(entry: unknown, path: ValuePath): ParsedMethods {
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

function parseNamed(name: string, written: unknown, path: ValuePath): ParsedMethods {
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
  return { methods: [], assumed: [], label: name, problems: [listAsText(name, path) ?? unknownMethod(name, path)] };
}

function unknownMethod(name: string, path: ValuePath): Finding {
  const meant = nameMeant(name, entryNames);
  const cure = meant === undefined ? `choose from ${entryNames.join(', ')}` : `did you mean ${meant}?`;
  const message = `unknown method ${shortName(name)}; ${cure}`;
  if (path.at(-1) !== name) {
    return methodProblem(path, message, meant === undefined ? [] : [changeTo(meant)]);
  }
  const cures: readonly Cure[] = meant === undefined ? [] : [{ do: 'rename', key: meant, title: `Rename to ${meant}` }];
  return { ...methodProblem(path, message, cures), at: 'key' };
}

/** `methods: ln-tuning, lora` is one word in YAML. */
function listAsText(name: string, path: ValuePath): Finding | undefined {
  const names = name.split(/\s*[,+]\s*/);
  if (names.length < 2 || !names.every((one) => entryNames.includes(one))) return undefined;
  const list = `[${names.join(', ')}]`;
  const message = `several methods must be a list, got ${showValue(name)}; write ${list}`;
  return methodProblem(path, message, path.length === 0 ? [changeTo(list)] : []);
}

/** Made once for each entry: a schema takes longer to make than to ask. */
const schemas = new WeakMap<object, z.ZodType<{ learning_rate?: number | undefined }>>();

function schemaOf(shape: Readonly<Record<string, z.ZodType>>): z.ZodType<{ learning_rate?: number | undefined }> {
  const known = schemas.get(shape) ?? z.strictObject({ ...shape, learning_rate: learningRateOption });
  schemas.set(shape, known);
  return known;
}

/** Options of an entry by their schemas, `learning_rate` apart, or what is wrong with them. */
function readOptions(
  name: string,
  shape: Readonly<Record<string, z.ZodType>>,
  written: Readonly<Record<string, unknown>>,
  path: ValuePath,
) {
  const parsed = schemaOf(shape).safeParse(written);
  if (parsed.success) {
    const { learning_rate: learningRate, ...options } = parsed.data;
    return { ok: true, options, learningRate } as const;
  }
  const found = explainIssues(parsed.error.issues, { value: written, root: optionKeys(name)!, name });
  return { ok: false, problems: found.map((finding) => within(path, finding)) } as const;
}

function parseMethod(
  method: Method,
  given: Readonly<Record<string, unknown>>,
  written: Readonly<Record<string, unknown>>,
  path: ValuePath,
): ParsedMethods {
  const options = { ...given, ...written };
  const { name } = method;
  const read = readOptions(name, method.options.shape, options, path);
  if (read.ok) {
    const placed = [{ method, options: read.options, learningRate: read.learningRate, path }];
    return { methods: placed, assumed: placed, label: name, problems: [] };
  }
  const { problems } = read;
  const wrong = new Set(problems.map((problem) => problem.path[path.length]));
  const right = Object.fromEntries(Object.entries(options).filter(([key]) => !wrong.has(key)));
  const rest = readOptions(name, method.options.shape, right, path);
  const assumed = rest.ok ? [{ method, options: rest.options, learningRate: rest.learningRate, path }] : [];
  return { methods: [], assumed, label: name, problems };
}

function parsePreset(preset: Preset, written: Readonly<Record<string, unknown>>, path: ValuePath): ParsedMethods {
  const { partNames, name } = preset;
  const isPart = ([key]: readonly [string, unknown]): boolean => partNames.includes(key);
  const overrides = new Map(Object.entries(written).filter(isPart));
  const short = Object.fromEntries(Object.entries(written).filter((entry) => !isPart(entry)));
  const read = readOptions(name, preset.options.shape, short, path);
  if (!read.ok) return { methods: [], assumed: [], label: name, problems: read.problems };

  const used = preset.parts(read.options);
  const expanded = used.map((part) => {
    const own = overrides.get(part.method) ?? {};
    const at = [...path, part.method];
    if (typeof own !== 'object' || Array.isArray(own)) {
      return failed(at, `must be options such as {learning_rate: …}, got ${showValue(own)}`);
    }
    const shared = read.learningRate === undefined ? {} : { learning_rate: read.learningRate };
    return parseMethod(findMethod(part.method)!, part.options, { ...shared, ...own }, at);
  });
  const unused = [...overrides.keys()].filter((key) => !used.some((part) => part.method === key));
  return {
    methods: expanded.flatMap((part) => part.methods),
    assumed: expanded.flatMap((part) => part.assumed),
    label: name,
    problems: [
      ...expanded.flatMap((part) => part.problems),
      ...unused.map((key) =>
        methodProblem(
          [...path, key],
          `${name} has no ${key} part with these options; remove ${key}, or switch it on (${Object.keys(preset.options.shape).join(', ')})`,
        ),
      ),
    ],
  };
}
