import type { RecordedConfig } from '../../contract/run.ts';
import { type ValuePath, valueAt } from '../../problems/finding.ts';
import { keyPath } from '../file/sweepKeys.ts';
import type { Cell } from './cells.ts';

/**
 * Number of the combination of a cell's tuned values that a run was trained with, by the config in its record alone: what tuning
 * would choose may have changed since. Undefined where none fits.
 */
export function pointOfRun(
  { points, configs }: Pick<Cell, 'points' | 'configs'>,
  config: RecordedConfig,
): number | undefined {
  const parts = points.map((point, number) => point.map(({ key }) => tunedPart(configs[number]!, keyPath(key))));
  const numbers = points.map((_, number) => number);
  const fitting = numbers.filter((number) =>
    parts[number]!.every(({ path, value }) => fits(value, valueAt(config, path))),
  );
  // What the model made of a value that is left open may be the value of another combination.
  return fitting.find((number) => parts[number]!.every(({ value }) => value !== null)) ?? fitting[0];
}

/** What a draft has of a key; of one that is filled in elsewhere, as an option of a preset, the part that holds it. */
function tunedPart(draft: Cell['configs'][number], path: ValuePath) {
  const value = valueAt(draft, path);
  const root = path.slice(0, 1);
  return value === undefined ? { path: root, value: valueAt(draft, root) } : { path, value };
}

/** Whether a record may be of a draft; null is what is filled in once the model is known. */
function fits(draft: unknown, recorded: unknown): boolean {
  if (draft === null || draft === undefined) return true;
  if (typeof draft !== 'object') return draft === recorded;
  return Object.entries(draft).every(([key, value]) => fits(value, valueAt(recorded, [key])));
}
