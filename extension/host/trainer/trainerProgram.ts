import path from 'node:path';
import type { ConfigurationScope } from 'vscode';
import type { TrainerProgram } from '../../runs/spawn.ts';
import { readSettings } from '../settings.ts';

/** How this extension starts its trainer: VS Code's own Node, unless a setting names another. */
export type TrainerOf = (scope?: ConfigurationScope) => TrainerProgram;

export const trainerIn =
  (extensionFolder: string): TrainerOf =>
  (scope) => ({
    node: readSettings(scope).nodePath || process.execPath,
    nodeArguments: [path.join(extensionFolder, 'dist', 'trainer.cjs')],
  });
