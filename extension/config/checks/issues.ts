import { isMap } from 'yaml';
import type * as z from 'zod';
import { nearest } from '../../methods/declaration/nearest.ts';
import { skeleton, skeletonParts } from '../editor/skeleton.ts';
import { type KeyInfo, keyAt } from '../schema/keyTable.ts';
import type { Place } from '../text/locate.ts';
import { valueAt } from '../text/valueAt.ts';
import { type ConfigPath, type Fix, formatPath } from './diagnostic.ts';
import { type Finding, renameKey, replaceValue } from './report.ts';
import { shortName, showValue } from './showValue.ts';

type Issue = z.core.$ZodIssue;

/** The value at a path as it is written, where that is one word. */
type Written = (path: ConfigPath) => string | undefined;

/**
 * zod's issues as findings in our words: `must be 1 … 4096, got 0`, with the edit that cures it. `root` describes the
 * schema that was checked, `value` is what was checked, `written` how it is written, and `base` is where it stands in the
 * config.
 */
export function explainIssues(
  issues: readonly Issue[],
  value: unknown,
  root: KeyInfo,
  written: Written,
  base: ConfigPath = [],
): readonly Finding[] {
  return issues.flatMap((issue) => explain(issue, [], value, root, written, base));
}

function explain(
  issue: Issue,
  outer: ConfigPath,
  value: unknown,
  root: KeyInfo,
  written: Written,
  base: ConfigPath,
): readonly Finding[] {
  const path = [...outer, ...(issue.path as (string | number)[])];
  const info = keyAt(path, root);
  const got = valueAt(value, path);
  const at = [...base, ...path];
  const wrong = (code: string): Finding => {
    const word = typeof got === 'number' || typeof got === 'boolean' ? written(at) : undefined;
    return word !== undefined && wantsText(issue)
      ? unquoted(code, info, got, word, at)
      : wrongValue(code, info, got, at, word);
  };
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, info?.children.keys() ?? [], at));
    case 'invalid_union': {
      if (got === undefined) return [missingKey(info, at)];
      // The alternative of the value's own kind knows best what is wrong inside it.
      const inside = issue.errors.find(
        (branch) =>
          branch.length > 0 && branch.every((inner) => inner.path.length > 0 || inner.code !== 'invalid_type'),
      );
      if (inside !== undefined) return inside.flatMap((inner) => explain(inner, path, value, root, written, base));
      return [wrong('wrong-type')];
    }
    case 'invalid_type':
      return [got === undefined ? missingKey(info, at) : wrong('wrong-type')];
    case 'invalid_value':
      return [got === undefined ? missingKey(info, at) : wrong('not-allowed')];
    case 'invalid_format':
      return [wrong('wrong-format')];
    case 'too_small':
    case 'too_big':
      return [outOfRange(info, got, at)];
    default:
      return [{ severity: 'error', code: 'invalid', path: at, message: `${issue.message}, got ${showValue(got)}` }];
  }
}

/** A key that nothing declares, with the nearest that something does. */
function unknownKey(key: string, known: Iterable<string>, parent: ConfigPath): Finding {
  const names = [...known];
  // A long word is no misspelled key, and comparing it costs its length times the candidate's.
  const meant =
    key.length > 60
      ? undefined
      : (nearest(key, names) ?? names.find((name) => key.length >= 3 && name.startsWith(key)));
  const where = parent.length === 0 ? 'the config' : shortName(formatPath(parent));
  return {
    severity: 'error',
    code: 'unknown-key',
    path: [...parent, key],
    at: 'key',
    message:
      meant === undefined
        ? `unknown key ${shortName(key)}; ${where} has ${names.join(', ')}`
        : `unknown key ${key}; did you mean ${meant}?`,
    fixes: (place) => (meant === undefined ? [] : [renameKey(place, meant)]),
  };
}

function missingKey(info: KeyInfo | undefined, path: ConfigPath): Finding {
  const key = path.at(-1);
  return {
    severity: 'error',
    code: 'missing-key',
    path: path.slice(0, -1),
    at: path.length === 1 ? 'value' : 'key',
    message: `${key} is missing; it must be ${info?.rule ?? 'set'}`,
    fixes: (place) => (path.length === 1 ? insertPart(place, String(key)) : []),
  };
}

/** Writes a key of the config itself before all others; an empty config can have all of them at once. */
function insertPart(place: Place, key: string): readonly Fix[] {
  const part = skeletonParts[key];
  if (part === undefined || (isMap(place.node) && place.node.flow === true)) return [];
  const range = { start: place.key.start, end: place.key.start };
  const add: Fix = { title: `Add ${key}`, edits: [{ range, newText: part }] };
  return place.node === undefined
    ? [{ title: 'Write a whole config', edits: [{ range, newText: skeleton }] }, add]
    : [add];
}

/** Whether text would have been right: alone, or as one of several kinds of value. */
const wantsText = (issue: Issue): boolean =>
  issue.code === 'invalid_type'
    ? issue.expected === 'string'
    : issue.code === 'invalid_union' &&
      issue.errors.some((branch) => branch.some((inner) => inner.path.length === 0 && wantsText(inner)));

/** A word that YAML takes for something else, such as a commit `72225e2`. */
function unquoted(code: string, info: KeyInfo | undefined, got: unknown, word: string, path: ConfigPath): Finding {
  const meant = JSON.stringify(word);
  const kind = typeof got === 'number' ? 'a number' : 'true or false';
  return {
    severity: 'error',
    code,
    path,
    message: `must be ${info?.rule ?? 'text'}, got ${shortName(word)}, which YAML reads as ${kind}; put it in quotes: ${shortName(meant)}`,
    fixes: (place) => [changeTo(place, meant)],
  };
}

function wrongValue(code: string, info: KeyInfo | undefined, got: unknown, path: ConfigPath, word?: string): Finding {
  const meant = info && meantValue(info, got);
  const question = meant !== undefined && typeof got === 'string' ? `; did you mean ${meant}?` : '';
  return {
    severity: 'error',
    code,
    path,
    message: `must be ${info?.rule ?? 'another kind of value'}, got ${word === undefined ? showValue(got) : shortName(word)}${question}`,
    fixes: (place) => (meant === undefined ? [] : [changeTo(place, meant)]),
  };
}

const changeTo = (place: Place, text: string): Fix => replaceValue(place, text, `Change to ${text}`);

/** The valid value that a wrong one most likely means, as YAML. */
export function meantValue(info: KeyInfo, got: unknown): string | undefined {
  if (typeof got === 'number' && info.rule.startsWith('a whole number')) {
    const whole = Math.round(got);
    return Number.isFinite(whole) && whole >= (info.minimum ?? whole) ? String(whole) : undefined;
  }
  if (typeof got !== 'string') return undefined;
  const word = got.trim().toLowerCase();
  if (info.boolean && ['yes', 'on', 'y', 'true', 'no', 'off', 'n', 'false'].includes(word)) {
    return ['yes', 'on', 'y', 'true'].includes(word) ? 'true' : 'false';
  }
  // In words of three letters every other word is near.
  if (info.values !== undefined) return word.length > 3 && word.length <= 60 ? nearest(word, info.values) : undefined;
  if (/number/.test(info.rule) && word !== '' && Number.isFinite(Number(word))) return word;
  return undefined;
}

function outOfRange(info: KeyInfo | undefined, got: unknown, path: ConfigPath): Finding {
  const rule = typeof got === 'number' ? (info?.range ?? info?.rule) : info?.rule;
  const message = got === '' ? 'must not be empty' : `must be ${rule}, got ${showValue(got)}`;
  return {
    severity: 'error',
    code: 'out-of-range',
    path,
    message,
    fixes: (place) => (typeof got === 'number' && info ? rangeFixes(place, info, got) : []),
  };
}

/** The edits that make a wrong value right, by what is declared for it. */
export function cures(place: Place, info: KeyInfo, got: unknown): readonly Fix[] {
  const meant = meantValue(info, got);
  if (meant !== undefined && (typeof got === 'string' || meant !== String(got))) return [changeTo(place, meant)];
  return typeof got === 'number' ? rangeFixes(place, info, got) : [];
}

/** A share or a rate is never moved to its bound, which is no sensible value; it gets its default, or the sign it lost. */
function rangeFixes(place: Place, info: KeyInfo, got: number): readonly Fix[] {
  const { minimum, maximum } = info;
  if (maximum !== undefined && maximum <= 1) {
    const small = got >= 10 ? withoutSign(got) : undefined;
    const usual = typeof info.default === 'number' ? info.default : undefined;
    return [
      ...(small === undefined ? [] : [replaceValue(place, small, `Change to ${small}`)]),
      ...(usual === undefined ? [] : [replaceValue(place, String(usual), `Set to ${usual} (the default)`)]),
    ];
  }
  if (maximum !== undefined && info.maximumIncluded && got > maximum) {
    return [replaceValue(place, String(maximum), `Set to ${maximum} (the most allowed)`)];
  }
  if (minimum !== undefined && info.minimumIncluded && got < minimum) {
    return [replaceValue(place, String(minimum), `Set to ${minimum} (the least allowed)`)];
  }
  return [];
}

/** `2e3` that lost its minus → `2e-3`. */
function withoutSign(value: number): string | undefined {
  const [digits, exponent] = value.toExponential().split('e+');
  return exponent === undefined ? undefined : `${digits}e-${exponent}`;
}
