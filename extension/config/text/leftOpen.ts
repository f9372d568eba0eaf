import { valueAt } from '../../problems/finding.ts';
import { parseConfig } from './parse.ts';

/** Of `key=value` defaults those whose key a config leaves open. */
export function leftOpen(configText: string, defaults: readonly string[]): readonly string[] {
  const { value } = parseConfig(configText);
  return defaults.filter((one) => valueAt(value, one.slice(0, one.indexOf('=')).split('.')) == null);
}
