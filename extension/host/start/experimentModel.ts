import { existsSync } from 'node:fs';
import path from 'node:path';
import { type QuickPickItem, Uri, window, workspace } from 'vscode';
import { hubModels } from '../../config/editor/hubModels.ts';
import { withoutIcons } from '../editor/plainText.ts';
import {
  browse,
  type ExperimentDraft,
  mostFiles,
  type NewExperimentParts,
  notSearched,
  section,
  separator,
  stepTitle,
} from './experimentDraft.ts';
import { type Answer, askForItem, askForText, back, type Step } from './steps.ts';

type ModelItem = QuickPickItem & { readonly model?: string };

const another = '$(globe) Another model of the hub…';

/** Asks for the model; a folder that holds none, and a hub id that the hub does not know, are not taken. */
export function askForModel(parts: NewExperimentParts, root: string): Step<ExperimentDraft> {
  return async (draft, before) => {
    const items = await modelItems(parts, root);
    const active = items.find(({ model }) => model !== undefined && model === before?.model);
    for (let problem: string | undefined; ; ) {
      const picked = await askForItem({
        title: stepTitle(1, 'Model'),
        placeholder: 'The pretrained model whose weights are tuned',
        canGoBack: false,
        items,
        active,
        problem,
      });
      if (picked === undefined || picked === back) return picked;
      problem = undefined;
      if (picked.label === another) {
        const id = await askForHubModel(parts, root);
        if (id === undefined) return undefined;
        if (id !== back) return { ...draft, model: id };
        continue;
      }
      const model = picked.model ?? (await chooseFolder(root));
      if (model === undefined) continue;
      if (!path.isAbsolute(model)) return { ...draft, model };
      const facts = await parts.lookUpModel(model, root);
      if (facts.kind !== 'unusable') return { ...draft, model };
      problem = facts.reason;
    }
  };
}

async function modelItems({ usedModels }: NewExperimentParts, root: string): Promise<readonly ModelItem[]> {
  const local = await modelFolders();
  const isHub = (id: string): boolean => !path.isAbsolute(id) && !existsSync(path.resolve(root, id));
  const used = [...new Set(usedModels())].filter((id) => isHub(id) && !hubModels.some((known) => known.id === id));
  return [
    ...section(
      'In this workspace',
      local.map((folder) => ({
        label: `$(folder) ${withoutIcons(path.relative(root, folder) || '.')}`,
        model: folder,
      })),
    ),
    ...section(
      'From earlier runs',
      used.map((id) => ({ label: withoutIcons(id), model: id })),
    ),
    ...section(
      'From the Hugging Face hub',
      hubModels.map(({ id, detail }) => ({ label: id, description: detail, model: id })),
    ),
    separator(),
    { label: browse },
    { label: another },
  ];
}

async function modelFolders(): Promise<readonly string[]> {
  const found = await workspace.findFiles('**/config.json', notSearched, mostFiles);
  const folders = found.map((uri) => path.dirname(uri.fsPath)).sort();
  return folders.filter((folder) =>
    ['model.safetensors', 'model.safetensors.index.json', 'pytorch_model.bin'].some((name) =>
      existsSync(path.join(folder, name)),
    ),
  );
}

async function chooseFolder(root: string): Promise<string | undefined> {
  const [chosen] =
    (await window.showOpenDialog({ canSelectFolders: true, canSelectFiles: false, defaultUri: Uri.file(root) })) ?? [];
  return chosen?.fsPath;
}

/** Without a way to the hub an id is taken as it is: the run says what it finds. */
const askForHubModel = ({ lookUpModel }: NewExperimentParts, root: string): Promise<Answer<string>> =>
  askForText({
    title: stepTitle(1, 'Model of the Hugging Face hub'),
    placeholder: 'owner/name',
    canGoBack: true,
    read: async (id) => {
      if (!/^[\w.-]+(\/[\w.-]+)?$/.test(id)) {
        throw new Error(`must be a hub id such as owner/name, got “${id}”`);
      }
      const facts = await lookUpModel(id, root);
      if (facts.kind === 'unusable') throw new Error(facts.reason);
      return id;
    },
  });
