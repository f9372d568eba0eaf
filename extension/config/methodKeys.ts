import { z } from 'zod';
import { entryOptions } from '../methods/parse.ts';
import type { ConfigPath } from './diagnostic.ts';
import { type KeyInfo, keyAt, keyInfo } from './keyTable.ts';

const known = new Map<string, KeyInfo>();

/** The options that an entry of `methods` may set, as keys; undefined for a name that is neither method nor preset. */
export function methodKeys(name: string): KeyInfo | undefined {
  const found = known.get(name);
  if (found !== undefined) return found;
  const options = entryOptions(name);
  if (options === undefined) return undefined;
  // The output side: an option that also takes a single name reads as the list that it becomes.
  const info = keyInfo(z.object(options), 'output');
  known.set(name, info);
  return info;
}

/** What is declared at a path of the config, method options included. */
export function infoAt(path: ConfigPath): KeyInfo | undefined {
  if (path[0] !== 'methods' || path.length < 2) return keyAt(path);
  const [name, ...rest] = path.slice(typeof path[1] === 'number' ? 2 : 1);
  const options = typeof name === 'string' ? methodKeys(name) : undefined;
  return options && keyAt(rest, options);
}
