import { configKeys, infoAt } from '../../config/schema/keyTable.ts';
import type { ValuePath } from '../../problems/finding.ts';
import { type KeyInfo, keyInfo } from '../../problems/keyInfo.ts';
import { nearest } from '../../problems/nearest.ts';
import { sweepSchema } from './sweepSchema.ts';

let own: KeyInfo | undefined;

/** The keys of a sweep. Made when first asked for: it takes a while. */
export function sweepKeys(): KeyInfo {
  own ??= keyInfo(sweepSchema);
  return own;
}

/** Keys that a sweep sets itself, or that train nothing. */
const notVaried: ReadonlySet<string> = new Set(['name', 'methods', 'training.seed']);

let varied: ReadonlyMap<string, KeyInfo> | undefined;

/** The keys of a config that `grid` and `tune` may vary, as they are written there, those of training first. */
export function variedKeys(): ReadonlyMap<string, KeyInfo> {
  varied ??= new Map(
    leaves(configKeys(), [])
      .filter(([key]) => !notVaried.has(key))
      .toSorted(([a], [b]) => Number(isOfTraining(b)) - Number(isOfTraining(a))),
  );
  return varied;
}

const isOfTraining = (key: string): boolean => key.startsWith('training.');

const leaves = ({ children }: KeyInfo, path: readonly string[]): readonly [string, KeyInfo][] =>
  [...children].flatMap(([key, info]): readonly [string, KeyInfo][] =>
    info.children.size === 0 || info.shorthandFor !== undefined
      ? [[[...path, key].join('.'), info]]
      : leaves(info, [...path, key]),
  );

/** What is declared of a config's key as `grid` and `tune` write it: `training.epochs`, `methods[0].prefix.length`. */
export const variedKey = (key: string): KeyInfo | undefined => variedKeys().get(key) ?? infoAt(keyPath(key));

/** `methods[0].prefix.length` → `methods`, 0, `prefix`, `length` */
export function keyPath(key: string): ValuePath {
  const parts = key.split(/[.[\]]+/).filter((part) => part !== '');
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** Whether a key that `grid` and `tune` may vary takes whole numbers alone. */
export const takesWholeNumbers = (key: string): boolean => variedKey(key)?.rule.startsWith('a whole number') ?? false;

/** The key that was most likely meant by one that configs do not have; undefined for one that they have, or where none is near. */
export const configKeyMeant = (key: string): string | undefined =>
  variedKey(key) !== undefined || key.length > 60 ? undefined : nearest(key, variedKeys().keys());
