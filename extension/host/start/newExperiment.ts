import { existsSync } from 'node:fs';
import path from 'node:path';
import { l10n, type QuickPickItem, QuickPickItemKind, Uri, type WorkspaceFolder, window, workspace } from 'vscode';
import type { Environment } from '../../config/environment.ts';
import { methodChoices } from '../../config/methodChoices.ts';
import { taskNames } from '../../config/schema.ts';
import { type ConfigChoices, writeConfigText } from '../../config/writeConfigText.ts';
import type { RunEstimate } from '../../contract/estimate.ts';
import { withoutIcons } from '../plainText.ts';
import { dataEndings, dataPattern, dataTitle, sortedDataFiles, validationBeside } from './dataFiles.ts';
import { pickMethod } from './pickMethod.ts';

type Task = ConfigChoices['task'];

/** Columns of a data file as a task would read them. */
interface GuessedColumns {
  readonly text?: string | undefined;
  readonly textPair?: string | undefined;
  readonly tokens?: string | undefined;
  readonly label?: string | undefined;
}

/** What a data file looks like. */
export interface DataPreview {
  readonly columns: readonly string[];
  readonly task: Task;
  readonly guesses: Readonly<Record<Task, GuessedColumns>>;
  readonly labels: readonly string[];
}

export interface NewExperimentParts {
  readonly previewData: (file: string) => Promise<DataPreview>;
  readonly worldOf: (folder: string) => Promise<Environment>;
  /** What runs of a config with each of some methods would need; undefined where nothing may be started. */
  readonly estimate: (
    configText: string,
    methods: readonly (readonly string[])[],
    scope: Uri,
  ) => Promise<readonly RunEstimate[] | undefined>;
  /** Models of earlier runs. */
  readonly usedModels: () => readonly string[];
}

/** Models that are known to work, small ones first. */
const hubModels: readonly { readonly id: string; readonly detail: string }[] = [
  { id: 'distilbert/distilbert-base-uncased', detail: '66 million parameters, English' },
  { id: 'google-bert/bert-base-uncased', detail: '110 million parameters, English' },
  { id: 'FacebookAI/roberta-base', detail: '125 million parameters, English' },
  { id: 'google/electra-small-discriminator', detail: '14 million parameters, English' },
  { id: 'google-bert/bert-base-multilingual-cased', detail: '178 million parameters, 104 languages' },
];

const taskTitles: { readonly [T in Task]: string } = {
  classification: 'Classification',
  regression: 'Regression',
  'token-classification': 'Token classification',
  'masked-lm': 'Masked language modelling',
};

const mostFiles = 300;
const steps = 4;

/** Asks for model, data, task and methods, writes the config and shows it. Undefined when a question was left. */
export async function newExperiment(parts: NewExperimentParts): Promise<Uri | undefined> {
  const folder = await askForFolder();
  if (folder === undefined) return undefined;
  const root = folder.uri.fsPath;
  const model = await askForModel(parts, root);
  if (model === undefined) return undefined;
  const data = await askForData(root);
  if (data === undefined) return undefined;
  const columns = await askForTask(data.file, await parts.previewData(data.file));
  if (columns === undefined) return undefined;
  const relative = (file: string): string => path.relative(root, file).split(path.sep).join('/') || '.';
  const chosen: Omit<ConfigChoices, 'methods'> = {
    model: path.isAbsolute(model) ? relative(model) : model,
    train: relative(data.file),
    ...(data.validation === undefined ? {} : { validation: relative(data.validation) }),
    ...columns,
  };
  const choices = await methodChoices(chosen, await parts.worldOf(root));
  // Read from another folder, so with whole paths.
  const whole = { ...chosen, ...absolute(chosen, root) };
  const estimates = parts.estimate(
    writeConfigText({ ...whole, methods: choices[0]!.methods }),
    choices.map(({ methods }) => methods),
    folder.uri,
  );
  const method = await pickMethod(stepTitle(4, l10n.t('What to tune')), choices, estimates);
  if (method === undefined) return undefined;
  const target = freeName(root, `${dataTitle(data.file)}-${method.methods.join('-')}`);
  const text = writeConfigText({ ...chosen, methods: method.methods });
  await workspace.fs.writeFile(target, new TextEncoder().encode(text));
  await window.showTextDocument(await workspace.openTextDocument(target));
  return target;
}

async function askForFolder(): Promise<WorkspaceFolder | undefined> {
  const folders = (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  if (folders.length === 0) throw new RangeError(l10n.t('An experiment lies in a folder; open one first'));
  return folders.length === 1 ? folders[0] : await window.showWorkspaceFolderPick();
}

const browse = `$(folder-opened) ${l10n.t('Browse…')}`;

async function askForModel({ usedModels }: NewExperimentParts, root: string): Promise<string | undefined> {
  const local = await modelFolders();
  const isHub = (id: string): boolean => !path.isAbsolute(id) && !existsSync(path.resolve(root, id));
  const used = [...new Set(usedModels())].filter((id) => isHub(id) && !hubModels.some((known) => known.id === id));
  const items: (QuickPickItem & { readonly model?: string })[] = [
    ...section(
      l10n.t('In this workspace'),
      local.map((folder) => ({
        label: `$(folder) ${withoutIcons(path.relative(root, folder) || '.')}`,
        model: folder,
      })),
    ),
    ...section(
      l10n.t('From earlier runs'),
      used.map((id) => ({ label: withoutIcons(id), model: id })),
    ),
    ...section(
      l10n.t('From the Hugging Face hub'),
      hubModels.map(({ id, detail }) => ({ label: id, description: detail, model: id })),
    ),
    { label: '', kind: QuickPickItemKind.Separator },
    { label: browse },
    { label: `$(globe) ${l10n.t('Another model of the hub…')}` },
  ];
  const picked = await window.showQuickPick(items, { title: stepTitle(1, l10n.t('Model')), matchOnDescription: true });
  if (picked === undefined || picked.model !== undefined) return picked?.model;
  if (picked.label === browse) {
    const [chosen] =
      (await window.showOpenDialog({ canSelectFolders: true, canSelectFiles: false, defaultUri: Uri.file(root) })) ??
      [];
    return chosen?.fsPath;
  }
  return await window.showInputBox({
    title: stepTitle(1, l10n.t('Model')),
    placeHolder: 'owner/name',
    validateInput: (text) =>
      /^[\w.-]+(\/[\w.-]+)?$/.test(text) ? undefined : l10n.t('must be a hub id such as owner/name'),
  });
}

async function modelFolders(): Promise<readonly string[]> {
  const found = await workspace.findFiles('**/config.json', '**/{node_modules,.peft-lab,.git}/**', mostFiles);
  const folders = found.map((uri) => path.dirname(uri.fsPath)).sort();
  return folders.filter((folder) =>
    ['model.safetensors', 'model.safetensors.index.json', 'pytorch_model.bin'].some((name) =>
      existsSync(path.join(folder, name)),
    ),
  );
}

async function askForData(root: string): Promise<{ file: string; validation: string | undefined } | undefined> {
  const found = await workspace.findFiles(dataPattern, '**/{node_modules,.peft-lab,.git}/**', mostFiles);
  const files = sortedDataFiles(found.map((uri) => uri.fsPath));
  const items: (QuickPickItem & { readonly file?: string })[] = [
    ...files.map((file) => ({
      label: `$(file) ${withoutIcons(path.basename(file))}`,
      description: withoutIcons(path.dirname(path.relative(root, file))),
      file,
    })),
    ...(files.length === 0 ? [] : [{ label: '', kind: QuickPickItemKind.Separator }]),
    { label: browse },
  ];
  const picked = await window.showQuickPick(items, {
    title: stepTitle(2, l10n.t('Training data')),
    matchOnDescription: true,
  });
  if (picked === undefined) return undefined;
  let { file } = picked;
  if (file === undefined) {
    const [chosen] =
      (await window.showOpenDialog({ filters: { [l10n.t('Data')]: dataEndings }, defaultUri: Uri.file(root) })) ?? [];
    file = chosen?.fsPath;
  }
  if (file === undefined) return undefined;
  return { file, validation: validationBeside(file, files) };
}

type ChosenColumns = Pick<ConfigChoices, 'task'> & { readonly columns: NonNullable<ConfigChoices['columns']> };

async function askForTask(file: string, preview: DataPreview): Promise<ChosenColumns | undefined> {
  const tasks = [preview.task, ...taskNames.filter((task) => task !== preview.task)];
  const items: (QuickPickItem & { readonly task: Task; readonly own?: true })[] = [
    ...tasks
      .filter((task) => isComplete(task, preview.guesses[task]) && (task !== 'regression' || hasNumbers(preview)))
      .map((task) => ({
        label: taskTitles[task],
        description: withoutIcons(columnsText(preview.guesses[task])),
        detail: withoutIcons(detailOf(task, preview)),
        task,
      })),
    { label: '', kind: QuickPickItemKind.Separator, task: preview.task },
    { label: `$(edit) ${l10n.t('Choose the columns…')}`, task: preview.task, own: true },
  ];
  const title = stepTitle(3, l10n.t('What {0} is for', path.basename(file)));
  const picked = await window.showQuickPick(items, { title });
  if (picked === undefined) return undefined;
  if (picked.own === undefined) return { task: picked.task, columns: named(preview.guesses[picked.task]) };
  return await askForColumns(preview);
}

async function askForColumns({ columns }: DataPreview): Promise<ChosenColumns | undefined> {
  const title = (what: string): string => stepTitle(3, what);
  const task = await window.showQuickPick(
    taskNames.map((name) => ({ label: taskTitles[name], task: name })),
    { title: title(l10n.t('Task')) },
  );
  if (task === undefined) return undefined;
  const isTagging = task.task === 'token-classification';
  const askFor = async (names: readonly string[], what: string): Promise<string | undefined> => {
    const items = names.map((column) => ({ label: withoutIcons(column), column }));
    return (await window.showQuickPick(items, { title: title(what) }))?.column;
  };
  const text = await askFor(columns, isTagging ? l10n.t('Column with the words') : l10n.t('Column with the text'));
  if (text === undefined) return undefined;
  if (task.task === 'masked-lm') return { task: task.task, columns: { text } };
  const rest = columns.filter((column) => column !== text);
  const label = await askFor(rest, l10n.t('Column with the labels'));
  if (label === undefined) return undefined;
  return { task: task.task, columns: isTagging ? { tokens: text, label } : { text, label } };
}

const isComplete = (task: Task, { text, tokens, label }: GuessedColumns): boolean =>
  (task === 'token-classification' ? tokens !== undefined : text !== undefined) &&
  (task === 'masked-lm' || label !== undefined);

/** Words cannot be regressed on; labels of the rows looked at tell. */
const hasNumbers = ({ labels }: DataPreview): boolean => labels.every((label) => Number.isFinite(Number(label)));

const named = ({ text, textPair, tokens, label }: GuessedColumns): NonNullable<ConfigChoices['columns']> => ({
  ...(text === undefined ? {} : { text }),
  ...(textPair === undefined ? {} : { text_pair: textPair }),
  ...(tokens === undefined ? {} : { tokens }),
  ...(label === undefined ? {} : { label }),
});

const columnsText = (guess: GuessedColumns): string =>
  Object.entries(named(guess))
    .map(([key, column]) => `${key} ← ${column}`)
    .join(' · ');

function detailOf(task: Task, { task: best, labels }: DataPreview): string {
  if (task !== best) return '';
  const shown = labels.slice(0, 4).join(', ') + (labels.length > 4 ? ', …' : '');
  return labels.length === 0 ? l10n.t('fits best') : l10n.t('fits best; labels: {0}', shown);
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

const stepTitle = (step: number, what: string): string => l10n.t('New experiment ({0}/{1}): {2}', step, steps, what);

function section<T extends QuickPickItem>(label: string, items: readonly T[]): readonly (T | QuickPickItem)[] {
  return items.length === 0 ? [] : [{ label, kind: QuickPickItemKind.Separator }, ...items];
}

function freeName(root: string, name: string): Uri {
  const plain = name.replaceAll(/[^\p{L}\p{N}_.-]+/gu, '-').replaceAll(/^[-.]+|[-.]+$/g, '') || 'experiment';
  for (let number = 1; ; number++) {
    const file = path.join(root, `${plain}${number === 1 ? '' : `-${number}`}.peft.yaml`);
    if (!existsSync(file)) return Uri.file(file);
  }
}
