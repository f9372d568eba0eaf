import path from 'node:path';
import { type Uri, workspace } from 'vscode';
import type { TrainerProgram } from '../../processes/trainerCommand.ts';
import { pathSetting } from '../editor/settings.ts';
import { missingFile } from './missingFile.ts';
import { assertNode } from './nodeVersion.ts';

/**
 * How this extension starts its trainer: on VS Code's own Node, unless a setting names another.
 * @throws Error in a workspace without trust, when the setting names no Node that it runs on, or the trainer is not there
 */
export type TrainerOf = (scope?: Uri) => Promise<TrainerProgram>;

/** The trainer in an extension's folder; a Node that a setting names is tried once. */
export function trainerIn(extensionFolder: string): TrainerOf {
  /** Programs that have said once that they are a Node. */
  const known = new Set([process.execPath]);
  return async (scope) => {
    // Whoever asks for it says more; this is what holds when someone forgets.
    if (!workspace.isTrusted) throw new Error('the trainer is not started in a workspace that is not trusted');
    const trainer = {
      node: pathSetting('nodePath', scope) || process.execPath,
      nodeArguments: [path.join(extensionFolder, 'dist', 'trainer.cjs')],
    };
    const missing = missingFile(extensionFolder, process);
    if (missing !== undefined) {
      throw new Error(`${missing}: is missing; reinstall the extension, then reload the window`);
    }
    if (!known.has(trainer.node)) {
      await assertNode(trainer.node);
      known.add(trainer.node);
    }
    return trainer;
  };
}
