import { stringify } from 'yaml';
import { entryNames } from '../../methods/entries/entryOptions.ts';
import { parseMethods } from '../../methods/entries/parse.ts';
import { type Finding, type ValuePath, within } from '../../problems/finding.ts';
import { showValue } from '../../problems/showValue.ts';
import type { Arm } from './sweep.ts';

/** Says what is wrong at a path of the sweep. */
export type ReportError = (
  path: ValuePath,
  message: string,
  more?: Partial<Pick<Finding, 'code' | 'at' | 'cures'>>,
) => void;

/** An entry of `methods` before arms have names of their own. */
interface Entry extends Arm {
  /** What it is called where the name alone does not tell it from others. */
  readonly longName: string;
  /** Equal for equal methods with equal options. */
  readonly identity: string;
  readonly isNamed: boolean;
}

/**
 * The arms of a sweep's `methods`. An entry is what a config's `methods` takes, a union in brackets, or one of these under a
 * name of its own. Arms of the same methods are told apart by their options: `lora {rank: 4}`.
 */
export function readArms(entries: readonly unknown[], error: ReportError): readonly Arm[] {
  const read = entries.map((entry, index) => readEntry(entry, ['methods', index], error));
  const arms = read.map(({ name, longName, methods, isNamed }) => ({
    name: !isNamed && read.filter((other) => other.name === name).length > 1 ? longName : name,
    methods,
  }));
  arms.forEach(({ name }, index) => {
    const same = read.findIndex(({ identity }) => identity === read[index]!.identity);
    if (same < index) error(['methods', index], `must differ from the other arms, got ${name} again; remove one`);
    else if (arms.findIndex((other) => other.name === name) < index)
      error(['methods', index], `must have a name of its own, got ${name} twice; write another name before the colon`);
  });
  return arms;
}

function readEntry(entry: unknown, path: ValuePath, error: ReportError): Entry {
  const own = ownName(entry);
  if (own !== undefined && !/^\S(.{0,78}\S)?$/u.test(own.name))
    error(
      path,
      `must have a name of 1 to 80 characters in one line, got ${showValue(own.name)}; write another before the colon`,
    );
  const methods = own === undefined ? entry : own.methods;
  const at = own === undefined ? path : [...path, own.name];
  const parsed = parseMethods(methods);
  for (const problem of parsed.problems) {
    const { path: whole, message, ...more } = within(at, problem);
    error(whole, message, more);
  }
  const parts = parsed.methods.map(({ method, options, learningRate }) => [method.name, options, learningRate ?? null]);
  return {
    name: own?.name ?? parsed.label,
    longName: own?.name ?? longName(methods, parsed.label),
    methods,
    identity: JSON.stringify(parsed.problems.length > 0 ? [path] : parts),
    isNamed: own !== undefined,
  };
}

/** `gain only: [{ln-tuning: {terms: [gain]}}]`: a name that no method has, before a list or a method's name. */
function ownName(entry: unknown): { readonly name: string; readonly methods: unknown } | undefined {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return undefined;
  const [first, ...others] = Object.entries(entry);
  if (first === undefined || others.length > 0) return undefined;
  const [name, methods] = first;
  const listed = typeof methods === 'string' || Array.isArray(methods);
  return listed && !entryNames.includes(name) ? { name, methods } : undefined;
}

/** `lora {rank: 4}`, `prefix {length: 8} + ln-tuning`. */
function longName(methods: unknown, label: string): string {
  const parts = (Array.isArray(methods) ? methods : [methods]).map((part: unknown) => {
    if (typeof part === 'string') return part;
    if (typeof part !== 'object' || part === null) return showValue(part);
    return Object.entries(part)
      .map(([name, options]) => (options === null ? name : `${name} ${flowText(options)}`))
      .join(' + ');
  });
  return parts.join(' + ') || label;
}

const flowText = (value: unknown): string =>
  stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trim();
