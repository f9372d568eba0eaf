import path from 'node:path';
import { type ConfigurationScope, type WorkspaceFolder, workspace } from 'vscode';
import { type SettingName, settingsTable } from './settingsTable.ts';

type SettingType = { readonly string: string; readonly integer: number; readonly boolean: boolean };
export type Settings = {
  readonly [S in SettingName]: SettingType[(typeof settingsTable)[S]['type']];
};

/** The settings that hold for a file or folder; a value of the wrong type counts as not set. */
export function readSettings(scope?: ConfigurationScope): Settings {
  const configuration = workspace.getConfiguration('peftLab', scope ?? null);
  const values = Object.entries(settingsTable).map(([name, declaration]) => {
    const value = configuration.get<unknown>(name);
    const isRight = typeof value === typeof declaration.default;
    return [name, isRight ? value : declaration.default];
  });
  return Object.fromEntries(values) as Settings;
}

/** Where the runs of a workspace folder lie. */
export const runsFolderOf = ({ uri }: WorkspaceFolder): string =>
  path.resolve(uri.fsPath, readSettings(uri).runsFolder || settingsTable.runsFolder.default);

/** At least one run at a time, whatever the file says. */
export const runLimit = (scope?: ConfigurationScope): number =>
  Math.max(1, Math.floor(readSettings(scope).maxConcurrentRuns));
