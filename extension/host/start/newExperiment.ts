import { existsSync } from 'node:fs';
import path from 'node:path';
import { Uri, type WorkspaceFolder, window, workspace } from 'vscode';
import { methodChoices } from '../../config/editor/methodChoices.ts';
import { type ConfigChoices, writeConfigText } from '../../config/editor/writeConfigText.ts';
import { commandId } from '../commands/ids.ts';
import { Blocked } from '../editor/blocked.ts';
import { freePlace } from '../editor/freePlace.ts';
import { dataTitle } from './dataFiles.ts';
import { columnSteps } from './experimentColumns.ts';
import { askForTraining, askForValidation } from './experimentData.ts';
import { blankDraft, type ExperimentDraft, type NewExperimentParts, stepTitle } from './experimentDraft.ts';
import { askForModel } from './experimentModel.ts';
import { pickMethod } from './pickMethod.ts';
import { askInTurn, back, type Step } from './steps.ts';

/** Asks for model, data, task and methods, writes the config and shows it. Undefined when a question was left. */
export async function newExperiment(parts: NewExperimentParts): Promise<Uri | undefined> {
  const folder = await askForFolder();
  if (folder === undefined) return undefined;
  const root = folder.uri.fsPath;
  const draft = await askInTurn(blankDraft, [
    askForModel(parts, root),
    askForTraining(parts, root),
    ...columnSteps,
    askForValidation(parts, root),
    askForMethods(parts, folder),
  ]);
  if (draft === undefined) return undefined;
  const stem = asFileName(`${dataTitle(draft.train)}-${draft.methods.join('-')}`);
  const target = Uri.file(freePlace(root, stem, '.peft.yaml'));
  const text = writeConfigText({ ...choicesOf(draft, root), methods: draft.methods });
  await workspace.fs.writeFile(target, new TextEncoder().encode(text));
  await window.showTextDocument(await workspace.openTextDocument(target));
  return target;
}

async function askForFolder(): Promise<WorkspaceFolder | undefined> {
  const folders = (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  if (folders.length === 0) {
    throw new Blocked('An experiment lies in a folder: open one of yours, or the examples.', [
      { title: 'Open Folder', command: 'vscode.openFolder' },
      { title: 'Open Example Workspace', command: commandId('openExampleWorkspace') },
    ]);
  }
  return folders.length === 1 ? folders[0] : await window.showWorkspaceFolderPick();
}

function askForMethods(parts: NewExperimentParts, folder: WorkspaceFolder): Step<ExperimentDraft> {
  const root = folder.uri.fsPath;
  return async (draft) => {
    const chosen = choicesOf(draft, root);
    const choices = await methodChoices(chosen, await parts.worldOf(root));
    // Read from another folder, so with whole paths.
    const whole = { ...chosen, ...absolute(chosen, root) };
    const estimates = parts.estimate(
      writeConfigText({ ...whole, methods: choices[0]!.methods }),
      choices.map(({ methods }) => methods),
      folder.uri,
    );
    const picked = await pickMethod(stepTitle(5, 'What to tune'), choices, estimates);
    return picked === undefined || picked === back ? picked : { ...draft, methods: picked.methods };
  };
}

/** A draft as a config of the folder says it. */
function choicesOf(draft: ExperimentDraft, root: string): Omit<ConfigChoices, 'methods'> {
  const { model, train, validation, task, columns, preview } = draft;
  const relative = (file: string): string => path.relative(root, file).split(path.sep).join('/') || '.';
  return {
    model: path.isAbsolute(model) ? relative(model) : model,
    train: relative(train),
    ...(validation === undefined ? {} : { validation: relative(validation) }),
    task,
    columns,
    delimiter: preview.delimiter,
  };
}

/** Paths of a config of the folder, the same from anywhere; a hub id stays one. */
function absolute({ model, train, validation }: Omit<ConfigChoices, 'methods'>, root: string): Partial<ConfigChoices> {
  const folder = path.resolve(root, model);
  return {
    model: existsSync(folder) ? folder : model,
    train: path.resolve(root, train),
    ...(validation === undefined ? {} : { validation: path.resolve(root, validation) }),
  };
}

const asFileName = (name: string): string =>
  name.replaceAll(/[^\p{L}\p{N}_.-]+/gu, '-').replaceAll(/^[-.]+|[-.]+$/g, '') || 'experiment';
