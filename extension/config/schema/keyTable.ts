import { optionKeys } from '../../methods/entries/entryOptions.ts';
import type { ValuePath } from '../../problems/finding.ts';
import { type KeyInfo, keyAt, keyInfo } from '../../problems/keyInfo.ts';
import { configSchema } from './schema.ts';

let known: KeyInfo | undefined;

/** The config's own keys; method options are declared by the methods. Made when first asked for: it takes a while. */
export function configKeys(): KeyInfo {
  known ??= keyInfo(configSchema);
  return known;
}

/** The declaration at a path of the config, method options included. */
export function infoAt(path: ValuePath): KeyInfo | undefined {
  if (path[0] !== 'methods' || path.length < 2) return keyAt(path, configKeys());
  const [name, ...rest] = path.slice(typeof path[1] === 'number' ? 2 : 1);
  const options = typeof name === 'string' ? optionKeys(name) : undefined;
  return options && keyAt(rest, options);
}
