import type * as z from 'zod';
import type { MethodProblem } from './methodError.ts';
import { nearest } from './nearest.ts';

type Path = MethodProblem['path'];

/** A value as a message shows it: short, on one line. */
export function showValue(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** What a schema found wrong with a method's options, as problems in the project's words. */
export function optionProblems(
  error: z.ZodError,
  written: unknown,
  path: Path,
  known: readonly string[],
): readonly MethodProblem[] {
  return error.issues.flatMap((issue) => issueProblems(issue, written, path, known));
}

function issueProblems(
  issue: z.core.$ZodIssue,
  written: unknown,
  path: Path,
  known: readonly string[],
): MethodProblem[] {
  const steps = issue.path.filter((step) => typeof step !== 'symbol');
  const at = [...path, ...steps];
  const found = steps.reduce<unknown>((value, step) => (value as Record<string | number, unknown>)?.[step], written);
  const got = `got ${showValue(found)}`;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownName('option', key, known, [...at, key]));
    case 'invalid_union': {
      if (issue.message !== 'Invalid input') return [{ path: at, message: `${issue.message}, ${got}` }];
      // The list's complaint for a list, the single name's for anything else.
      const branch = issue.errors[Array.isArray(found) ? issue.errors.length - 1 : 0] ?? [];
      return branch.flatMap((inner) =>
        issueProblems({ ...inner, path: [...issue.path, ...inner.path] }, written, path, known),
      );
    }
    case 'invalid_value': {
      const names = issue.values.map(String);
      const suggestion = typeof found === 'string' ? meantName(found, names) : undefined;
      const message = `must be ${names.length > 1 ? 'one of ' : ''}${names.join(', ')}, ${got}${meant(suggestion)}`;
      return [{ path: at, message, ...(suggestion !== undefined && { suggestion }) }];
    }
    case 'too_small': {
      const bound = `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
      const rule = issue.origin === 'array' ? 'must name at least one' : `must be ${bound}`;
      return [{ path: at, message: `${rule}, ${got}` }];
    }
    case 'too_big':
      return [{ path: at, message: `must be at most ${issue.maximum}, ${got}` }];
    case 'invalid_type':
      return [{ path: at, message: `must be ${expected[issue.expected] ?? issue.expected}, ${got}` }];
    default:
      return [{ path: at, message: `${issue.message}, ${got}` }];
  }
}

const expected: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  string: 'a name',
  array: 'a list',
  object: 'options such as {name: value}',
};

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

function meantName(found: string, names: readonly string[]): string | undefined {
  const known = alsoCalled[found.toLowerCase()];
  return known !== undefined && names.includes(known) ? known : nearest(found, names);
}

const meant = (suggestion: string | undefined): string =>
  suggestion === undefined ? '' : `; did you mean ${suggestion}?`;

/** `unknown option bottelneck; did you mean bottleneck?`, or all known names when none is near. */
export function unknownName(what: string, name: string, known: readonly string[], path: Path): MethodProblem {
  // A long word is no misspelled name, and comparing it costs its length times the candidate's.
  const suggestion = name.length > 60 ? undefined : nearest(name, known);
  const shown = name.length > 60 ? `${name.slice(0, 57)}…` : name;
  const cure = suggestion === undefined ? `; choose from ${known.join(', ')}` : meant(suggestion);
  const none = known.length === 0 ? '; it takes none' : cure;
  return { path, message: `unknown ${what} ${shown}${none}`, ...(suggestion !== undefined && { suggestion }) };
}
