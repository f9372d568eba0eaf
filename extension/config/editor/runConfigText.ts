import { stringify } from 'yaml';
import type { RunRecord } from '../../contract/run.ts';
import { checkRecord } from '../checks/checkRecord.ts';
import type { ModelFacts } from '../checks/environment.ts';
import { setElsewhere } from './setElsewhere.ts';

/**
 * A config that says what a run was trained with: its own text, unless the command line or a setting gave it something
 * else; then every value that it resolved to.
 * @param model of the run, as this machine knows it
 */
export function runConfigText(record: Pick<RunRecord, 'config' | 'configText'>, model?: ModelFacts): string {
  return setElsewhere(record, model).length === 0
    ? record.configText
    : stringify(withoutNothing(checkRecord(record).config));
}

/**
 * Without keys that say nothing: `null` is what they are anyway, but where the mapping around theirs sets the same key
 * (`data.delimiter`), which `null` takes back.
 */
function withoutNothing(value: unknown, around: Readonly<Record<string, unknown>> = {}): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutNothing(item));
  if (typeof value !== 'object' || value === null) return value;
  const own = { ...value };
  const said = Object.entries(own).filter(([key, inner]) => inner !== null || around[key] != null);
  return Object.fromEntries(said.map(([key, inner]) => [key, withoutNothing(inner, own)]));
}
