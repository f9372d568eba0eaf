import { checkConfig } from '../../config/checks/check.ts';
import { leftOpen } from '../../config/text/leftOpen.ts';
import { parseConfig } from '../../config/text/parse.ts';
import type { Sweep } from '../../experiments/file/sweep.ts';
import { valueAt } from '../../problems/finding.ts';
import { Blocked } from '../editor/blocked.ts';
import type { Settings } from '../editor/settings.ts';

type EngineSettings = Pick<Settings, 'executor' | 'device' | 'threads' | 'pythonPath'>;

function chosenBy({ executor, device, threads, pythonPath }: EngineSettings): readonly string[] {
  const chosen = {
    executor: executor === 'config' ? undefined : executor,
    device: device === 'auto' || device === '' ? undefined : device,
    threads: threads > 0 ? String(threads) : undefined,
    python: pythonPath === '' ? undefined : JSON.stringify(pythonPath),
  };
  return Object.entries(chosen).flatMap(([key, setting]) => (setting === undefined ? [] : [`${key}=${setting}`]));
}

/** @throws Blocked for a value that no config may have, by the setting's name */
function demandKnown(chosen: readonly string[]): readonly string[] {
  const wrong = checkConfig('', chosen).diagnostics.find(({ override }) => override !== undefined);
  if (wrong === undefined) return chosen;
  const [key] = wrong.path;
  const setting = `peftLab.${key === 'python' ? 'pythonPath' : key}`;
  const cure = wrong.message.includes('; ') ? '' : '; change the setting';
  const steps = [{ title: 'Open Settings', command: 'workbench.action.openSettings', arguments: [setting] }];
  throw new Blocked(`${setting}: ${wrong.message}${cure}`, steps);
}

/** What the settings choose, as `key=value` for configs that leave the key open. @throws Blocked */
export const settingDefaults = (settings: EngineSettings): readonly string[] => demandKnown(chosenBy(settings));

/** `--set` values for what the settings choose and the config leaves open. @throws Blocked */
export const settingOverrides = (configText: string, settings: EngineSettings): readonly string[] =>
  demandKnown(leftOpen(configText, chosenBy(settings)));

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
