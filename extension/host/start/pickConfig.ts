import path from 'node:path';
import { l10n, Uri, window, workspace } from 'vscode';
import { notify } from '../notify.ts';
import { withoutIcons } from '../plainText.ts';

const isConfigName = (uri: Uri): boolean => uri.scheme === 'file' && /\.peft\.ya?ml$/i.test(uri.path);

/** The config that a command is about: its argument, else the one in front. */
export function configInFront(argument: unknown): Uri | undefined {
  if (argument instanceof Uri && isConfigName(argument)) return argument;
  const document = window.activeTextEditor?.document;
  if (document !== undefined && isConfigName(document.uri)) return document.uri;
  const visible = window.visibleTextEditors.map((editor) => editor.document.uri).filter(isConfigName);
  return visible.length === 1 ? visible[0] : undefined;
}

const mostConfigs = 500;

/** The configs of the workspace, in the order of their paths. */
export async function findConfigs(): Promise<readonly Uri[]> {
  const found = await workspace.findFiles('**/*.peft.{yaml,yml}', '**/{node_modules,.peft-lab}/**', mostConfigs);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Asks which config; undefined when there is none, or the question was left. */
export async function askForConfig(): Promise<Uri | undefined> {
  const configs = await findConfigs();
  if (configs.length === 0) {
    void notify.information(l10n.t('No *.peft.yaml file in this workspace: make one with New Experiment.'));
    return undefined;
  }
  const items = configs.map((uri) => ({
    label: withoutIcons(path.basename(uri.fsPath)),
    description: withoutIcons(workspace.asRelativePath(Uri.joinPath(uri, '..'), false)),
    uri,
  }));
  const picked = await window.showQuickPick(items, { title: l10n.t('Start which config?'), matchOnDescription: true });
  return picked?.uri;
}
