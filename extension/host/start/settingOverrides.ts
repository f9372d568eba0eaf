import { parseConfig } from '../../config/text/parse.ts';
import { valueAt } from '../../problems/finding.ts';
import type { Settings } from '../editor/settings.ts';

/** `--set` values for what the settings choose and the config leaves open. */
export function settingOverrides(
  configText: string,
  settings: Pick<Settings, 'executor' | 'device' | 'threads' | 'pythonPath'>,
): readonly string[] {
  const { value } = parseConfig(configText);
  const chosen = {
    executor: settings.executor === 'config' ? undefined : settings.executor,
    device: settings.device === 'auto' || settings.device === '' ? undefined : settings.device,
    threads: settings.threads > 0 ? String(settings.threads) : undefined,
    python: settings.pythonPath === '' ? undefined : JSON.stringify(settings.pythonPath),
  };
  return Object.entries(chosen).flatMap(([key, setting]) =>
    setting === undefined || valueAt(value, [key]) != null ? [] : [`${key}=${setting}`],
  );
}

/** Whether a run of a config may use Python: only the torch executor does, and `auto` may choose it. */
export function needsPython(configText: string, { executor }: Pick<Settings, 'executor'>): boolean {
  const named = valueAt(parseConfig(configText).value, ['executor']) ?? executor;
  return named === 'torch' || named === 'auto';
}
