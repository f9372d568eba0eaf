import { isMap, isScalar, isSeq, type Node } from 'yaml';
import type { ParameterCounts } from '../../contract/run.ts';
import type { Method } from '../../methods/declaration/method.ts';
import { entryOptions } from '../../methods/entries/entryOptions.ts';
import { defaultLearningRate, defaultRatesText } from '../../methods/entries/learningRate.ts';
import { parseMethods } from '../../methods/entries/parse.ts';
import { findPreset, type Preset } from '../../methods/presets.ts';
import { findMethod } from '../../methods/registry.ts';
import type { ModelDimensions } from '../../models/model/dimensions.ts';
import { formatPath, type ValuePath, valueAt } from '../../problems/finding.ts';
import type { KeyInfo } from '../../problems/keyInfo.ts';
import { showNumber } from '../../problems/showValue.ts';
import { defaultMaxLength, usualMaxLength } from '../resolved/maxLength.ts';
import type { TextRange } from '../text/diagnostic.ts';
import type { ParsedConfig } from '../text/parse.ts';
import { entryFormula, usualFamily } from './entryFormula.ts';
import { configFile, type FileKeys } from './fileKeys.ts';
import { countText } from './lens.ts';

export interface Hover {
  readonly range: TextRange;
  readonly markdown: string;
}

/** Facts about the config's model, for its defaults and counts. */
export interface HoverFacts {
  readonly dimensions?: ModelDimensions;
  /** Counts of one entry of `methods` on this model. */
  readonly counts?: (entry: ValuePath) => ParameterCounts | undefined;
}

/** Explains the key, value or method under the cursor; undefined where nothing is declared. */
export function hoverAt(
  parsed: ParsedConfig,
  offset: number,
  facts: HoverFacts = {},
  keys: FileKeys = configFile,
): Hover | undefined {
  const found = parsed.root && nodeAt(parsed.root, offset, []);
  if (found === undefined) return undefined;
  const range = parsed.lines.range(found.start, found.end);
  const name = isMethodName(found.path, keys) ? found.name : undefined;
  const entry = name === undefined ? undefined : (findMethod(name) ?? findPreset(name));
  if (entry !== undefined) return { range, markdown: entryText(entry, found.path, facts) };
  const info = keys.infoAt(found.path);
  return info && { range, markdown: keyText(found.path, info, parsed, facts) };
}

interface NodeAt {
  /** Path of the key or value. */
  readonly path: ValuePath;
  /** Text of the key or scalar. */
  readonly name: string | undefined;
  readonly start: number;
  readonly end: number;
}

function nodeAt(node: Node, offset: number, path: ValuePath): NodeAt | undefined {
  const range = node.range;
  if (!range || offset < range[0] || offset > range[1]) return undefined;
  if (isScalar(node)) {
    return { path, name: typeof node.value === 'string' ? node.value : undefined, start: range[0], end: range[1] };
  }
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      const found = nodeAt(item as Node, offset, [...path, index]);
      if (found !== undefined) return found;
    }
  }
  if (!isMap(node)) return undefined;
  for (const pair of node.items) {
    if (!isScalar(pair.key)) continue;
    const inner = [...path, String(pair.key.value)];
    const found =
      nodeAt(pair.key as Node, offset, inner) ?? (pair.value ? nodeAt(pair.value as Node, offset, inner) : undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `methods: name`, an item `- name`, or the key of `- name: {…}`. */
const isMethodName = (path: ValuePath, { isMethod }: FileKeys): boolean =>
  isMethod(path) || (typeof path.at(-1) === 'string' && isMethod(path.slice(0, -1)));

function keyText(path: ValuePath, info: KeyInfo, parsed: ParsedConfig, { dimensions }: HoverFacts): string {
  const method = path.at(-1) === 'learning_rate' ? findMethod(String(path.at(-2))) : undefined;
  const fallback = method
    ? rateText(method, dimensions)
    : formatPath(path) === 'data.max_length'
      ? lengthText(parsed, dimensions)
      : defaultText(info.default);
  return [
    `**\`${formatPath(path)}\`**`,
    info.description,
    `*${info.rule}*${info.required ? ' · required' : ''}${fallback && ` · default ${fallback}`}`,
    ...(info.finding === undefined ? [] : [`> ${info.finding}`]),
  ].join('\n\n');
}

/** A default as code; nothing for what is off or filled in by other keys, which the description tells. */
function defaultText(value: unknown): string {
  if (Array.isArray(value)) return `\`[${value.join(', ')}]\``;
  return value === undefined || value === null || typeof value === 'object' ? '' : `\`${showNumber(value)}\``;
}

function rateText(method: Method, dimensions: ModelDimensions | undefined): string {
  const { low, high } = method.learningRate;
  const range = `(known to work: ${showNumber(low)} … ${showNumber(high)})`;
  const all = defaultRatesText(method.learningRate);
  if (dimensions === undefined) return `\`${all}\` ${range}`;
  const own = showNumber(defaultLearningRate({ method }, dimensions));
  return `\`${own}\`${own === all ? '' : ' for this model'} ${range}`;
}

function lengthText({ value }: ParsedConfig, dimensions: ModelDimensions | undefined): string {
  const { methods } = parseMethods(valueAt(value, ['methods']));
  return dimensions === undefined
    ? `\`${usualMaxLength}\``
    : `\`${defaultMaxLength(methods, dimensions)}\` for this model`;
}

function entryText(entry: Method | Preset, path: ValuePath, { dimensions, counts }: HoverFacts): string {
  const count = counts?.(path.slice(0, 2));
  const formula = entryFormula(entry.name, dimensions);
  const where = dimensions === undefined ? ` on ${usualFamily}` : '';
  const options = Object.keys(entryOptions(entry.name) ?? {}).map((option) => `\`${option}\``);
  return [
    `**${entry.title}**`,
    entry.summary,
    ...(formula === undefined
      ? []
      : [`Tunes \`${formula}\`${where}${count === undefined ? '' : `; on this model ${countText(count)}`}.`]),
    ...('learningRate' in entry ? [`Learning rate: ${rateText(entry, dimensions)}.`] : []),
    `Options: ${options.join(', ')}.`,
    ...(entry.findings === undefined ? [] : [`> ${entry.findings}`]),
    `*${entry.paper}*`,
  ].join('\n\n');
}
