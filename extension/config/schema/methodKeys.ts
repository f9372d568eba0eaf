import * as z from 'zod';
import { entryOptions } from '../../methods/declaration/parse.ts';
import { findPreset } from '../../methods/presets.ts';
import { findMethod } from '../../methods/registry.ts';
import type { ConfigPath } from '../checks/diagnostic.ts';
import { type KeyInfo, keyAt, keyInfo } from './keyTable.ts';

const known = new Map<string, KeyInfo>();

/** The options that an entry of `methods` may set, as keys; undefined for a name that is neither method nor preset. */
export function methodKeys(name: string): KeyInfo | undefined {
  const found = known.get(name);
  if (found !== undefined) return found;
  const options = entryOptions(name);
  const entry = findMethod(name) ?? findPreset(name);
  if (options === undefined || entry === undefined) return undefined;
  const info = keyInfo(z.object(options));
  // A JSON schema leaves out the default of an option that is transformed; the options' own parse knows all.
  const defaults = entry.options.parse({}) as Readonly<Record<string, unknown>>;
  const children = [...info.children].map(([key, child]): [string, KeyInfo] => [
    key,
    defaults[key] === undefined ? child : { ...child, default: defaults[key] },
  ]);
  const filled = { ...info, children: new Map(children) };
  known.set(name, filled);
  return filled;
}

/** What is declared at a path of the config, method options included. */
export function infoAt(path: ConfigPath): KeyInfo | undefined {
  if (path[0] !== 'methods' || path.length < 2) return keyAt(path);
  const [name, ...rest] = path.slice(typeof path[1] === 'number' ? 2 : 1);
  const options = typeof name === 'string' ? methodKeys(name) : undefined;
  return options && keyAt(rest, options);
}
