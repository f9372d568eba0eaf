import { homedir } from 'node:os';
import path from 'node:path';
import { type ConfigurationScope, type Uri, type WorkspaceFolder, workspace } from 'vscode';
import { UserError } from '../../problems/userError.ts';
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

/**
 * A path that a setting holds for a file or folder, written as people write paths in settings.
 * @throws UserError for a variable that is not known here
 */
export function pathSetting(name: 'runsFolder' | 'nodePath' | 'pythonPath', scope?: Uri): string {
  const folder = (scope && workspace.getWorkspaceFolder(scope)) ?? workspace.workspaceFolders?.[0];
  return readSettings(scope)
    [name].replace(/^~(?=[\\/]|$)/, homedir)
    .replace(/\$\{([^}]*)\}/g, (variable, word) => {
      const value = word === 'userHome' ? homedir() : word === 'workspaceFolder' ? folder?.uri.fsPath : undefined;
      if (value !== undefined) return value;
      const rule = `must have no variable but \${workspaceFolder} and \${userHome}, got ${variable}`;
      throw new UserError(`peftLab.${name}: ${rule}; write the path itself`);
    });
}

/** Where the runs of a workspace folder lie. @throws UserError for a setting that cannot be read as a path */
export const runsFolderOf = ({ uri }: WorkspaceFolder): string =>
  path.resolve(uri.fsPath, pathSetting('runsFolder', uri) || settingsTable.runsFolder.default);

/** At least one run at a time, whatever the file says. */
export const runLimit = (scope?: ConfigurationScope): number =>
  Math.max(1, Math.floor(readSettings(scope).maxConcurrentRuns));
