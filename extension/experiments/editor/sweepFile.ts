import { type CompletionRules, type Draft, valueDrafts } from '../../config/editor/complete.ts';
import { configFile } from '../../config/editor/fileKeys.ts';
import { parseConfig } from '../../config/text/parse.ts';
import { yamlText } from '../../config/text/plainText.ts';
import { entryNames } from '../../methods/entries/entryOptions.ts';
import { lnTuning } from '../../methods/lnTuning.ts';
import { findMethod } from '../../methods/registry.ts';
import { metrics } from '../../metrics/registry.ts';
import { type ValuePath, valueAt } from '../../problems/finding.ts';
import { type KeyInfo, keyAt } from '../../problems/keyInfo.ts';
import { showNumber } from '../../problems/showValue.ts';
import { readArms } from '../file/readArms.ts';
import { sweepKeys, variedKey, variedKeys } from '../file/sweepKeys.ts';
import { sweepSkeleton } from './sweepSkeleton.ts';

/** Where a path below `methods` of a sweep would lead in a config, whose `methods` is one arm. */
function inArm([, arm, next, ...rest]: ValuePath): ValuePath {
  if (typeof next === 'number') return ['methods', next, ...rest];
  // A name of the arm's own stands before its methods.
  if (typeof next === 'string' && !entryNames.includes(next))
    return typeof rest[0] === 'number' ? ['methods', ...rest] : ['methods', 0, ...rest];
  return next === undefined ? ['methods', arm!] : ['methods', arm!, next, ...rest];
}

const ofMethods = (path: ValuePath): boolean => path[0] === 'methods' && path.length > 1;

/** A config's key where a sweep varies it: its values are a list, and those of `tune` may be a range. */
const listOf = (info: KeyInfo, place: KeyInfo | undefined): KeyInfo => ({
  ...info,
  rule: place?.others?.rule ?? 'a list of values',
  required: false,
  children: place?.others?.children ?? new Map(),
  items: info,
});

let grid: KeyInfo | undefined;
let tune: KeyInfo | undefined;

function withVariedKeys(name: 'grid' | 'tune'): KeyInfo {
  const own = sweepKeys().children.get(name)!;
  const keys = [...variedKeys()].map(([key, info]): [string, KeyInfo] => {
    const { children: _, ...list } = listOf(info, own);
    return [key, { ...list, children: new Map() }];
  });
  return { ...own, children: new Map([...keys, ...own.children]) };
}

/** What is declared at a path of a sweep, keys of its configs and options of methods included. */
function infoAt(path: ValuePath): KeyInfo | undefined {
  const [first, key, ...rest] = path;
  if (ofMethods(path)) return configFile.infoAt(inArm(path));
  if (first !== 'grid' && first !== 'tune') return keyAt(path, sweepKeys());
  grid ??= withVariedKeys('grid');
  tune ??= withVariedKeys('tune');
  if (key === undefined) return first === 'grid' ? grid : tune;
  const own = sweepKeys().children.get(first)!;
  if (own.children.has(String(key))) return keyAt(path, sweepKeys());
  const varied = variedKey(String(key));
  return varied && keyAt(rest, listOf(varied, own));
}

/** How a sweep is completed and explained. */
export const sweepFile: CompletionRules = {
  infoAt,
  isMethod: (path) => (ofMethods(path) ? configFile.isMethod(inArm(path)) : path[0] === 'methods'),
  whole: {
    label: 'a whole sweep',
    kind: 'config',
    insertText: sweepSkeleton,
    detail: 'experiment, methods, tune and seeds',
    documentation: `\`\`\`yaml\n${sweepSkeleton}\`\`\``,
  },
  special: async (text, { path, besideKey }) => {
    const [first, key] = path;
    if (path.join('.') === 'tune.metric') return metricDrafts();
    if (first === 'reference') return armDrafts(text);
    const varied = first === 'grid' || first === 'tune' ? variedKey(String(key)) : undefined;
    if (varied === undefined || path.length !== 2 || !besideKey) return undefined;
    return listDrafts(String(key), varied, first === 'tune');
  },
};

const draft = (label: string, insertText: string, detail: string, documentation = ''): Draft => ({
  label,
  kind: 'value',
  insertText,
  detail,
  documentation,
});

const metricDrafts = (): readonly Draft[] =>
  metrics.flatMap(({ name, title, direction }) => (direction === null ? [] : [draft(name, name, title)]));

function armDrafts(text: string): readonly Draft[] {
  const written = valueAt(parseConfig(text).value, ['methods']);
  const arms = Array.isArray(written) ? readArms(written, () => {}) : [];
  return arms.map(({ name }) => draft(name, yamlText(name), 'arm'));
}

/** Whole values of a key that is varied: all of its words, or a list and a range around what is known to work. */
function listDrafts(key: string, info: KeyInfo, isTuned: boolean): readonly Draft[] {
  const words = valueDrafts(info).map(({ insertText }) => insertText);
  if (key === 'training.learning_rate' || key.endsWith('.learning_rate')) return rateDrafts(key, isTuned);
  return words.length === 0
    ? []
    : [draft(`[${words.join(', ')}]`, `[${words.join(', ')}]`, 'a list of values', info.description)];
}

/** Three rates around a method's own, and the range that is known to work. */
function rateDrafts(key: string, isTuned: boolean): readonly Draft[] {
  const method = findMethod(key.split('.').at(-2) ?? '') ?? lnTuning;
  const { low, high, default: usual } = method.learningRate;
  const list = `[${[usual / 3, usual, usual * 3].map((rate) => showNumber(Number(rate.toPrecision(1)))).join(', ')}]`;
  const range = `{from: ${showNumber(low)}, to: ${showNumber(high)}, scale: log, count: 5}`;
  return [draft(list, list, 'a list of values'), ...(isTuned ? [draft(range, range, 'a range')] : [])];
}
