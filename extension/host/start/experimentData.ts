import path from 'node:path';
import { type QuickPickItem, Uri, window, workspace } from 'vscode';
import { dataEndings, mayBeRows } from '../../config/schema/dataFormat.ts';
import { messageOf } from '../../problems/messageOf.ts';
import { withoutIcons } from '../editor/plainText.ts';
import { dataPattern, sortedDataFiles, validationBeside } from './dataFiles.ts';
import {
  browse,
  type ExperimentDraft,
  mostFiles,
  type NewExperimentParts,
  notSearched,
  separator,
  stepTitle,
} from './experimentDraft.ts';
import { askForItem, back, type Step } from './steps.ts';

type FileItem = QuickPickItem & { readonly file?: string; readonly split?: true };

/** Asks for the training data; a file that cannot be read as data is not taken. */
export function askForTraining({ previewData }: NewExperimentParts, root: string): Step<ExperimentDraft> {
  return async (draft, before) => {
    const items = listed(await dataFiles(), root);
    const active = items.find(({ file }) => file !== undefined && file === before?.train);
    for (let problem: string | undefined; ; ) {
      const picked = await askForItem({
        title: stepTitle(2, 'Training data'),
        placeholder: 'A file with one example a row or a line',
        canGoBack: true,
        items,
        active,
        problem,
      });
      if (picked === undefined || picked === back) return picked;
      const train = picked.file ?? (await chooseFile(root));
      if (train === undefined) continue;
      try {
        return { ...draft, train, preview: await previewData(train) };
      } catch (error) {
        problem = messageOf(error);
      }
    }
  };
}

/** Asks what the model is measured on: the file named like the training data, rows of it, or another file. */
export function askForValidation({ previewData }: NewExperimentParts, root: string): Step<ExperimentDraft> {
  return async (draft) => {
    const files = await dataFiles();
    const beside = validationBeside(draft.train, files);
    const split: FileItem = {
      label: '$(split-horizontal) A tenth of the training rows',
      description: 'set aside, other rows with each seed',
      split: true,
    };
    const others = listed(
      files.filter((file) => file !== draft.train && file !== beside),
      root,
    );
    const items = [
      ...(beside === undefined ? [] : [{ ...fileItem(beside, root), detail: besideText }]),
      split,
      ...others,
    ];
    for (let problem: string | undefined; ; ) {
      const picked = await askForItem({
        title: stepTitle(4, 'Validation data'),
        placeholder: 'Rows to evaluate on during training',
        canGoBack: true,
        items,
        problem,
      });
      if (picked === undefined || picked === back) return picked;
      if (picked.split) return { ...draft, validation: undefined };
      const validation = picked.file ?? (await chooseFile(root));
      if (validation === undefined) continue;
      try {
        const { columns } = await previewData(validation, draft.preview.delimiter);
        const missing = Object.values(draft.columns).find((name) => !columns.some((column) => column.name === name));
        if (missing === undefined) return { ...draft, validation };
        const names = columns.map(({ name }) => name).join(', ');
        problem = `${path.basename(validation)}: must have a column ${missing}, has ${names}`;
      } catch (error) {
        problem = messageOf(error);
      }
    }
  };
}

const besideText = 'named like the training data';

async function dataFiles(): Promise<readonly string[]> {
  const [found, json] = await Promise.all(
    [dataPattern, '**/*.json'].map((pattern) => workspace.findFiles(pattern, notSearched, mostFiles)),
  );
  const rows = json!.filter((uri) => mayBeRows(workspace.asRelativePath(uri, false)));
  return sortedDataFiles([...found!, ...rows].map((uri) => uri.fsPath));
}

const listed = (files: readonly string[], root: string): readonly FileItem[] => [
  ...files.map((file) => fileItem(file, root)),
  ...(files.length === 0 ? [] : [separator()]),
  { label: browse },
];

const fileItem = (file: string, root: string): FileItem => ({
  label: `$(file) ${withoutIcons(path.basename(file))}`,
  description: withoutIcons(path.dirname(path.relative(root, file))),
  file,
});

async function chooseFile(root: string): Promise<string | undefined> {
  const filters = { Data: [...dataEndings] };
  const [chosen] = (await window.showOpenDialog({ filters, defaultUri: Uri.file(root) })) ?? [];
  return chosen?.fsPath;
}
