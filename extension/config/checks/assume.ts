import type * as z from 'zod';
import { meantValue } from '../../problems/explainIssues.ts';
import { formatPath, type ValuePath, valueAt } from '../../problems/finding.ts';
import { infoAt } from '../schema/keyTable.ts';
import { type ConfigInput, configSchema } from '../schema/schema.ts';

/** A config with mistakes, as it most likely is meant: so that one mistake does not hide the next. */
export interface AssumedInput {
  readonly input: ConfigInput;
  /** Places that are wrong or missing in the config, and about which no more is reported. */
  readonly assumed: readonly ValuePath[];
}

/** Keys that decide what other keys mean: without a guess at them, nothing can be said of the others. */
const deciding: ReadonlySet<unknown> = new Set(['task', 'executor', 'device']);

/** Repairs of repairs; each goes at least one key deeper. */
const mostRounds = 5;

/**
 * Takes for each wrong value what was plainly meant, else the key's default.
 * @returns undefined where a required key is missing, or a deciding one has no likely meaning
 */
export function assumeInput(value: unknown): AssumedInput | undefined {
  const assumed: ValuePath[] = [];
  const copy: unknown = structuredClone(value);
  for (let round = 0; round < mostRounds; round++) {
    const parsed = configSchema.safeParse(copy);
    if (parsed.success) return { input: parsed.data, assumed };
    for (const issue of parsed.error.issues) {
      for (const path of wrongPaths(issue)) {
        if (path.length === 0 || !mend(copy, path)) return undefined;
        assumed.push(path);
      }
    }
  }
  return undefined;
}

/** Whether a finding is about something that was assumed, or about what holds it or stands in it. */
export const isAssumed = (path: ValuePath, assumed: readonly ValuePath[]): boolean =>
  assumed.some((other) => startsWith(path, other) || startsWith(other, path));

const startsWith = (path: ValuePath, start: ValuePath): boolean =>
  formatPath(path.slice(0, start.length)) === formatPath(start);

/** The keys to mend, never an item of a list: the list itself then. */
function wrongPaths(issue: z.core.$ZodIssue): readonly ValuePath[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...path, key]);
  const item = path.findIndex((step) => typeof step === 'number');
  return [item === -1 ? path : path.slice(0, item)];
}

function mend(config: unknown, path: ValuePath): boolean {
  const holder = valueAt(config, path.slice(0, -1)) as Record<string, unknown> | null | undefined;
  const key = String(path.at(-1));
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, key)) return false;
  const info = infoAt(path);
  const meant = info && meantValue(info, holder[key]);
  if (meant === undefined) {
    if (info?.required || deciding.has(path[0])) return false;
    delete holder[key];
    return true;
  }
  holder[key] = info?.boolean
    ? meant === 'true'
    : typeof holder[key] === 'string' && info?.values
      ? meant
      : Number(meant);
  return true;
}
