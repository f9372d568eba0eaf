import type * as z from 'zod';
import { type Cure, changeTo, type Finding, formatPath, type ValuePath, valueAt } from './finding.ts';
import { type KeyInfo, keyAt } from './keyInfo.ts';
import { nearest } from './nearest.ts';
import { shortName, showValue } from './showValue.ts';

type Issue = z.core.$ZodIssue;

/** What was checked. */
export interface CheckedSource {
  readonly value: unknown;
  /** Describes the schema. */
  readonly root: KeyInfo;
  /** What has the keys of the root, in messages: `the config`, `lora`. */
  readonly name: string;
  /** The value at a path as it is written, where that is one word. */
  written?(path: ValuePath): string | undefined;
  /** What to write for a key of the root that is missing. */
  missing?(key: string): readonly Cure[];
}

/** zod's issues in our words, `must be 1 … 4096, got 0`, with the edits that cure them. */
export const explainIssues = (issues: readonly Issue[], checked: CheckedSource): readonly Finding[] =>
  issues.flatMap((issue) => (isToldBeside(issue, issues) ? [] : explain(issue, [], checked)));

/** Whether an issue is zod's limit of all whole numbers, and the key's own bound is broken too. */
const isToldBeside = (issue: Issue, issues: readonly Issue[]): boolean =>
  issue.code === 'too_big' &&
  issue.origin === 'int' &&
  issues.some((other) => other !== issue && other.code === issue.code && String(other.path) === String(issue.path));

function explain(issue: Issue, outer: ValuePath, checked: CheckedSource): readonly Finding[] {
  const path = [...outer, ...(issue.path as (string | number)[])];
  const info = keyAt(path, checked.root);
  const got = valueAt(checked.value, path);
  const wrong = (code: string): Finding => {
    const word = typeof got === 'number' || typeof got === 'boolean' ? checked.written?.(path) : undefined;
    return word !== undefined && wantsText(issue)
      ? unquoted(code, info, got, word, path)
      : wrongValue(code, info, got, path, word);
  };
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, info?.children.keys() ?? [], path, checked.name));
    case 'invalid_union': {
      if (got === undefined) return [missingKey(info, path, checked)];
      // The alternative of the value's own kind knows best what is wrong inside it.
      const branches = issue.errors.filter((branch) => branch.length > 0);
      const inside =
        branches.find((branch) => branch.every((inner) => inner.path.length > 0)) ??
        branches.find((branch) => branch.every((inner) => inner.path.length > 0 || inner.code !== 'invalid_type'));
      if (inside !== undefined) return inside.flatMap((inner) => explain(inner, path, checked));
      return [wrong('wrong-type')];
    }
    case 'invalid_type':
      return [got === undefined ? missingKey(info, path, checked) : wrong('wrong-type')];
    case 'invalid_value':
      return [got === undefined ? missingKey(info, path, checked) : wrong('not-allowed')];
    case 'invalid_format':
      return [wrong('wrong-format')];
    case 'too_small':
    case 'too_big':
      if (issue.code === 'too_big' && issue.origin === 'int')
        return [outOfRange(info && { ...info, range: `at most ${issue.maximum}` }, got, path)];
      return [outOfRange(info, got, path)];
    default:
      return [{ severity: 'error', code: 'invalid', path, message: `${issue.message}, got ${showValue(got)}` }];
  }
}

/** `did you mean bottleneck?`, or all names there are when none is near. */
export function nameMeant(word: string, names: readonly string[]): string | undefined {
  // A long word is no misspelled name, and comparing it costs its length times the candidate's.
  if (word.length > 60) return undefined;
  const known = alsoCalled[word.toLowerCase()];
  return known !== undefined && names.includes(known) ? known : nearest(word, names);
}

/** What other libraries call it. */
const alsoCalled: Readonly<Record<string, string>> = {
  weight: 'gain',
  gamma: 'gain',
  scale: 'gain',
  beta: 'bias',
  shift: 'bias',
  mlp: 'ffn',
  feed_forward: 'ffn',
  self_attention: 'attention',
  attn: 'attention',
  q: 'query',
  k: 'key',
  v: 'value',
  o: 'output',
};

/** A key that nothing declares, with the nearest that something does. */
function unknownKey(key: string, known: Iterable<string>, parent: ValuePath, root: string): Finding {
  const names = [...known];
  const meant = nameMeant(key, names) ?? names.find((name) => key.length >= 3 && name.startsWith(key));
  const where = parent.length === 0 ? root : shortName(formatPath(parent));
  const cure = names.length === 0 ? `${where} takes none` : `${where} has ${names.join(', ')}`;
  return {
    severity: 'error',
    code: 'unknown-key',
    path: [...parent, key],
    at: 'key',
    message: `unknown key ${shortName(key)}; ${meant === undefined ? cure : `did you mean ${meant}?`}`,
    ...(meant !== undefined && { cures: [{ do: 'rename', key: meant, title: `Rename to ${meant}` }] }),
  };
}

function missingKey(info: KeyInfo | undefined, path: ValuePath, { missing }: CheckedSource): Finding {
  const key = path.at(-1);
  return {
    severity: 'error',
    code: 'missing-key',
    path: path.slice(0, -1),
    at: path.length === 1 ? 'value' : 'key',
    message: `${key} is missing; it must be ${info?.rule ?? 'set'}`,
    ...(path.length === 1 && missing && { cures: missing(String(key)) }),
  };
}

/** Whether text would have been right: alone, or as one of several kinds of value. */
const wantsText = (issue: Issue): boolean =>
  issue.code === 'invalid_type'
    ? issue.expected === 'string'
    : issue.code === 'invalid_union' &&
      issue.errors.some((branch) => branch.some((inner) => inner.path.length === 0 && wantsText(inner)));

/** A word that YAML takes for something else, such as a commit `72225e2`. */
function unquoted(code: string, info: KeyInfo | undefined, got: unknown, word: string, path: ValuePath): Finding {
  const meant = JSON.stringify(word);
  const kind = typeof got === 'number' ? 'a number' : 'true or false';
  return {
    severity: 'error',
    code,
    path,
    message: `must be ${info?.rule ?? 'text'}, got ${shortName(word)}, which YAML reads as ${kind}; put it in quotes: ${shortName(meant)}`,
    cures: [changeTo(meant)],
  };
}

function wrongValue(code: string, info: KeyInfo | undefined, got: unknown, path: ValuePath, word?: string): Finding {
  const meant = info && meantValue(info, got);
  const question = meant !== undefined && typeof got === 'string' ? `; did you mean ${meant}?` : '';
  return {
    severity: 'error',
    code,
    path,
    message: `must be ${info?.rule ?? 'another kind of value'}, got ${word === undefined ? showValue(got) : shortName(word)}${question}`,
    ...(meant !== undefined && { cures: [changeTo(meant)] }),
  };
}

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
  if (info.values !== undefined) {
    const meant = nameMeant(word, info.values);
    // In words of three letters every other word is near.
    const isNear = word.length > 3 || meant?.slice(0, 2) === word.slice(0, 2) || meant === alsoCalled[word];
    // Another number is another thing: windows-1252 reads other letters than windows-1254.
    const isOther = meant !== undefined && /\d/.test(meant) && word.replace(/\D/g, '') !== meant.replace(/\D/g, '');
    return isNear && !isOther ? meant : undefined;
  }
  if (/number/.test(info.rule) && word !== '' && Number.isFinite(Number(word))) return word;
  return undefined;
}

function outOfRange(info: KeyInfo | undefined, got: unknown, path: ValuePath): Finding {
  const rule = typeof got === 'number' ? (info?.range ?? info?.rule) : info?.rule;
  return {
    severity: 'error',
    code: 'out-of-range',
    path,
    message: got === '' ? 'must not be empty' : `must be ${rule}, got ${showValue(got)}`,
    ...(typeof got === 'number' && info && { cures: rangeCures(info, got) }),
  };
}

/** A share or a rate is never moved to its bound, which is no sensible value; it gets its default, or the sign it lost. */
function rangeCures(info: KeyInfo, got: number): readonly Cure[] {
  const { minimum, maximum } = info;
  if (maximum !== undefined && maximum <= 1) {
    const small = got >= 10 ? withoutSign(got) : undefined;
    const usual = typeof info.default === 'number' ? info.default : undefined;
    return [
      ...(small === undefined ? [] : [changeTo(small)]),
      ...(usual === undefined ? [] : [setTo(usual, 'the default')]),
    ];
  }
  if (maximum !== undefined && info.maximumIncluded && got > maximum) return [setTo(maximum, 'the most allowed')];
  if (minimum !== undefined && info.minimumIncluded && got < minimum) return [setTo(minimum, 'the least allowed')];
  return [];
}

const setTo = (value: number, why: string): Cure => ({
  do: 'set',
  text: String(value),
  title: `Set to ${value} (${why})`,
});

/** `2e3` that lost its minus → `2e-3`. */
function withoutSign(value: number): string | undefined {
  const [digits, exponent] = value.toExponential().split('e+');
  return exponent === undefined ? undefined : `${digits}e-${exponent}`;
}
