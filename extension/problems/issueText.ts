import type * as z from 'zod';
import { type ValuePath, valueAt } from './finding.ts';
import { showJson } from './showValue.ts';

type Issue = z.core.$ZodIssue;

/**
 * zod's issue about a value of a JSON file in our words: `model.type: must be one of WordPiece, BPE, got "Novel"`.
 * @param value what was checked
 * @param whole its name where the issue is about all of it
 */
export function issueText(issue: Issue, value: unknown, whole = 'the file'): string {
  const { path, rule } = placed(issue);
  const got = issue.code === 'unrecognized_keys' ? '' : `, got ${showJson(valueAt(value, path))}`;
  return `${path.join('.') || whole}: ${rule}${got}`;
}

interface PlacedRule {
  readonly path: ValuePath;
  readonly rule: string;
}

function placed(issue: Issue): PlacedRule {
  const path = issue.path as ValuePath;
  if (issue.code === 'invalid_union') {
    // The alternative of the value's own kind knows best what is wrong inside it.
    const inside = issue.errors.find((branch) => branch.length > 0 && branch.every((inner) => inner.path.length > 0));
    if (inside?.[0]) {
      const inner = placed(inside[0]);
      return { path: [...path, ...inner.path], rule: inner.rule };
    }
  }
  return { path, rule: ruleOf(issue) };
}

/** What a schema says in words of its own stays as it is. */
function ruleOf(issue: Issue): string {
  if (!/^(Invalid|Too|Unrecognized)\b/.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'invalid_union': {
      const rules = new Set(issue.errors.flat().map((inner) => ruleOf(inner).replace(/^must be /, '')));
      return rules.size > 0 ? `must be ${[...rules].join(' or ')}` : 'must be one that is known';
    }
    case 'too_small':
      return `must ${sized(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)}`;
    case 'too_big':
      return `must ${sized(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)}`;
    case 'unrecognized_keys':
      return `unknown ${issue.keys.length > 1 ? 'keys' : 'key'} ${issue.keys.slice(0, mostKeys).map(showJson).join(', ')}`;
    default:
      return 'must be as the format has it';
  }
}

const mostKeys = 5;

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

function sized(origin: string, bound: string, size: number | bigint): string {
  if (origin === 'string') return `have ${bound} ${size} ${size === 1 ? 'character' : 'characters'}`;
  if (origin === 'array') return `have ${bound} ${size} ${size === 1 ? 'item' : 'items'}`;
  return `be ${bound} ${size}`;
}
