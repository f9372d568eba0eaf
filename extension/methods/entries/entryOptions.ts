import * as z from 'zod';
import { type KeyInfo, keyInfo } from '../../problems/keyInfo.ts';
import { findPreset, presets } from '../presets.ts';
import { findMethod, methods } from '../registry.ts';

/** The option that every entry takes beside its own. */
export const learningRateOption = z
  .number()
  .positive()
  .max(1)
  .optional()
  .describe("Learning rate of this method's tensors. Default: `training.learning_rate`, else the method's own.");

/** All names that an entry may have: methods, then presets. */
export const entryNames: readonly string[] = [...methods, ...presets].map(({ name }) => name);

/** The options that an entry may set, with the schema of each; a preset takes options of its parts under their names. */
export function entryOptions(name: string): Readonly<Record<string, z.ZodType>> | undefined {
  const entry = findMethod(name) ?? findPreset(name);
  if (!entry) return undefined;
  const parts = 'partNames' in entry ? entry.partNames : [];
  const nested = parts.map((part) => [
    part,
    z
      .strictObject(entryOptions(part) ?? {})
      .partial()
      .optional(),
  ]);
  return { ...entry.options.shape, ...Object.fromEntries(nested), learning_rate: learningRateOption };
}

const known = new Map<string, KeyInfo>();

/** The options that an entry may set, as keys; undefined for a name that is neither method nor preset. */
export function optionKeys(name: string): KeyInfo | undefined {
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
