import { parseDocument } from 'yaml';
import type { ValuePath } from '../../problems/finding.ts';
import { showValue } from '../../problems/showValue.ts';
import { infoAt } from '../schema/keyTable.ts';
import { tooDeep } from '../text/nesting.ts';
import type { Override } from '../text/placeFinding.ts';

interface OverriddenConfig {
  readonly value: unknown;
  readonly overrides: readonly Override[];
  /** Flags that could not be applied. */
  readonly errors: readonly { readonly flag: string; readonly message: string }[];
}

/**
 * Applies `key=value` settings (`training.epochs=5`, `methods[0].prefix.length=8`, `methods=[prefix, ln-tuning]`) to a
 * config's plain value; values are YAML. The given value is left as it is.
 */
export function applyOverrides(value: unknown, settings: readonly string[]): OverriddenConfig {
  const overrides: Override[] = [];
  const errors: { flag: string; message: string }[] = [];
  let result: unknown = value ?? {};
  for (const setting of settings) {
    const flag = `--set ${setting}`;
    const equals = setting.indexOf('=');
    const path = equals > 0 ? parsePath(setting.slice(0, equals).trim()) : undefined;
    if (path === undefined) {
      errors.push({
        flag,
        message: `must be key=value such as training.epochs=5 or methods[0].prefix.length=8, got ${showValue(setting)}`,
      });
      continue;
    }
    const text = setting.slice(equals + 1);
    const document =
      tooDeep(text) === undefined ? parseDocument(text, { prettyErrors: false, logLevel: 'silent' }) : undefined;
    if (document === undefined || document.errors.length > 0) {
      errors.push({
        flag,
        message: `the value must be YAML, got ${showValue(text)}; quote text with special characters`,
      });
      continue;
    }
    const written = set(result, path, document.toJS({ maxAliasCount: 0 }), []);
    if ('error' in written) errors.push({ flag, message: written.error });
    else {
      result = written.value;
      overrides.push({ path, flag, text: text.trim() });
    }
  }
  return { value: result, overrides, errors };
}

function parsePath(text: string): ValuePath | undefined {
  if (!/^[\w-]+(\.[\w-]+|\[\d+\])*$/.test(text)) return undefined;
  return [...text.matchAll(/([\w-]+)|\[(\d+)\]/g)].map((match) =>
    match[2] === undefined ? match[1]! : Number(match[2]),
  );
}

type Written = { readonly value: unknown } | { readonly error: string };

function set(current: unknown, path: ValuePath, value: unknown, walked: ValuePath): Written {
  const [part, ...rest] = path;
  if (part === undefined) return { value };
  const here = walked.length === 0 ? 'the config' : walked.map(String).join('.');
  if (typeof part === 'number') {
    const list = Array.isArray(current) ? current : [];
    if (part > list.length)
      return { error: `must be ${here}[0] … ${here}[${list.length}] (one more), got ${here}[${part}]` };
    const written = set(list[part], rest, value, [...walked, part]);
    return 'error' in written ? written : { value: [...list.slice(0, part), written.value, ...list.slice(part + 1)] };
  }
  const object = asMapping(current, part, walked);
  if (object === undefined)
    return { error: `${here} must be a mapping to set ${part} in it, got ${showValue(current)}` };
  const written = set(object[part], rest, value, [...walked, part]);
  return 'error' in written ? written : { value: { ...object, [part]: written.value } };
}

/** A bare path or method name stands for a mapping: `train.tsv` for `{file: train.tsv}`, `prefix` for `{prefix: {}}`. */
function asMapping(current: unknown, part: string, walked: ValuePath): Record<string, unknown> | undefined {
  if (current === undefined || current === null) return {};
  if (typeof current === 'object' && !Array.isArray(current)) return current as Record<string, unknown>;
  const shorthand = infoAt(walked)?.shorthandFor;
  if (typeof current === 'string' && shorthand !== undefined) return { [shorthand]: current };
  if (current === part && walked[0] === 'methods') return {};
  return undefined;
}
