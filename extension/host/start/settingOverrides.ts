import { leftOpen } from '../../config/text/leftOpen.ts';
import { parseConfig } from '../../config/text/parse.ts';
import type { Sweep } from '../../experiments/file/sweep.ts';
import { valueAt } from '../../problems/finding.ts';
import type { Settings } from '../editor/settings.ts';

type EngineSettings = Pick<Settings, 'executor' | 'device' | 'threads' | 'pythonPath'>;

/** What the settings choose, as `key=value` for configs that leave the key open. */
export function settingDefaults({ executor, device, threads, pythonPath }: EngineSettings): readonly string[] {
  const chosen = {
    executor: executor === 'config' ? undefined : executor,
    device: device === 'auto' || device === '' ? undefined : device,
    threads: threads > 0 ? String(threads) : undefined,
    python: pythonPath === '' ? undefined : JSON.stringify(pythonPath),
  };
  return Object.entries(chosen).flatMap(([key, setting]) => (setting === undefined ? [] : [`${key}=${setting}`]));
}

/** `--set` values for what the settings choose and the config leaves open. */
export const settingOverrides = (configText: string, settings: EngineSettings): readonly string[] =>
  leftOpen(configText, settingDefaults(settings));

/** Whether a run of a config may use Python: only the torch executor does, and `auto` may choose it. */
export function needsPython(configText: string, { executor }: Pick<Settings, 'executor'>): boolean {
  return isOfPython(valueAt(parseConfig(configText).value, ['executor']) ?? executor);
}

/** Whether any run of a sweep may: of one of its configs, or of an executor that it varies. */
export function sweepNeedsPython(
  { grid, tuning }: Pick<Sweep, 'grid' | 'tuning'>,
  configTexts: readonly string[],
  settings: Pick<Settings, 'executor'>,
): boolean {
  const axes = [...grid, ...(tuning?.axes ?? [])].filter(({ key }) => key === 'executor');
  const varied = axes.flatMap(({ values }) => (Array.isArray(values) ? values : []));
  return varied.some(isOfPython) || configTexts.some((text) => needsPython(text, settings));
}

const isOfPython = (executor: unknown): boolean => executor === 'torch' || executor === 'auto';
