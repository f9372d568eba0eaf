import path from 'node:path';
import { type QuickPickItem, QuickPickItemKind, Uri, window, workspace } from 'vscode';
import { checkConfig } from '../../config/checks/check.ts';
import { methodTitles } from '../../config/editor/startLens.ts';
import { lnTuning } from '../../methods/lnTuning.ts';
import type { CommandName } from '../commands/commandTable.ts';
import { commandId } from '../commands/ids.ts';
import { Blocked } from '../editor/blocked.ts';
import { withoutIcons } from '../editor/plainText.ts';
import { configKind, type FileKind, sweepKind } from '../language/checks/fileKinds.ts';

const languageOf = (uri: Uri): string | undefined =>
  workspace.textDocuments.find((document) => document.uri.toString() === uri.toString())?.languageId;

/** By name or by language, as the line above it is shown. */
const isOf =
  ({ pattern, languageId }: FileKind) =>
  (uri: unknown): uri is Uri =>
    uri instanceof Uri && (pattern.test(uri.path) || languageOf(uri) === languageId);

/** The configs, or the sweeps, among the files that are selected where a command was called on one of several. */
export const filesSelected = (kind: FileKind, [, selected]: readonly unknown[]): readonly Uri[] =>
  Array.isArray(selected) ? selected.filter(isOf(kind)).filter(({ scheme }) => scheme === 'file') : [];

/**
 * The config, or the sweep, that a command is about: its argument, else the one in front, else the only one in sight.
 * @throws Error where that text lies in no file: another one is not meant
 */
export function fileInFront(kind: FileKind, argument: unknown): Uri | undefined {
  const isMeant = isOf(kind);
  const named = [argument, window.activeTextEditor?.document.uri].find(isMeant);
  if (named !== undefined && named.scheme !== 'file') {
    const name = path.posix.basename(named.path);
    throw new Error(`${name}: must be a file on disk, got ${named.scheme} text; save it as NAME${kind.ending} first`);
  }
  const visible = window.visibleTextEditors.map(({ document }) => document.uri).filter(isMeant);
  return named ?? (visible.length === 1 ? visible.find(({ scheme }) => scheme === 'file') : undefined);
}

const mostConfigs = 500;

const depth = ({ path }: Uri): number => path.split('/').length;

/** The configs, or the sweeps, of the workspace: those that lie highest first, then in the order of their paths. */
async function findFiles({ glob }: FileKind): Promise<readonly Uri[]> {
  const found = await workspace.findFiles(glob, '**/{node_modules,.peft-lab}/**', mostConfigs);
  return found.sort((a, b) => depth(a) - depth(b) || (a.path < b.path ? -1 : 1));
}

interface ConfigItem extends QuickPickItem {
  readonly uri?: Uri;
}

const noneYet = ({ ending }: FileKind, title: string, command: CommandName): Blocked =>
  new Blocked(`No *${ending} file in this workspace: make one with ${title}.`, [
    { title, command: commandId(command) },
  ]);

/** Asks which config; undefined when the question was left. @throws Blocked when there is none */
export async function askForConfig(title = 'Start which config?'): Promise<Uri | undefined> {
  const configs = await findFiles(configKind);
  if (configs.length === 0) throw noneYet(configKind, 'New Experiment', 'newExperiment');
  return (await pickItem(await configItems(configs), title))?.uri;
}

/** Asks which sweep; undefined when the question was left. @throws Blocked when there is none */
export async function askForSweepFile(title: string): Promise<Uri | undefined> {
  const files = await findFiles(sweepKind);
  if (files.length === 0) throw noneYet(sweepKind, 'New Sweep', 'newSweep');
  return (await pickItem(fileItems(files), title))?.uri;
}

/**
 * Asks which config of the workspace to LN-tune, those first that say so, or whether to make a new one: at once where
 * there is none. Undefined when the question was left.
 */
export async function askForConfigOrNew(): Promise<Uri | 'new' | undefined> {
  const configs = await findFiles(configKind);
  if (configs.length === 0) return 'new';
  const items = (await configItems(configs)).sort((a, b) => Number(b.isLnTuning) - Number(a.isLnTuning));
  const fresh: ConfigItem = { label: '$(add) New Experiment…' };
  const picked = await pickItem([...items, { label: '', kind: QuickPickItemKind.Separator }, fresh], 'LN-tune what?');
  return picked === fresh ? 'new' : picked?.uri;
}

const pickItem = (items: readonly ConfigItem[], title: string): Thenable<ConfigItem | undefined> =>
  window.showQuickPick(items, { title, matchOnDescription: true, matchOnDetail: true });

/** Configs read to say what they tune; the rest is listed without. */
const mostRead = 100;

async function configItems(configs: readonly Uri[]): Promise<(ConfigItem & { readonly isLnTuning: boolean })[]> {
  return await Promise.all(
    fileItems(configs).map(async (item, index) => {
      const methods = index < mostRead ? methodsOf(await readText(item.uri)) : '';
      return {
        ...item,
        detail: withoutIcons(methods),
        isLnTuning: methods === lnTuning.name,
      };
    }),
  );
}

/** Each with the folder that it lies in: with the name of its workspace folder where there are several, in full where those have one name. */
function fileItems(files: readonly Uri[]): readonly (ConfigItem & { readonly uri: Uri })[] {
  const places = files.map((uri) => workspace.asRelativePath(uri));
  return files.map((uri, index) => {
    const place = places[index]!;
    const isAlone = places.indexOf(place) === places.lastIndexOf(place);
    const folder = path.dirname(isAlone ? place : uri.fsPath);
    return {
      label: withoutIcons(path.basename(uri.fsPath)),
      description: folder === '.' ? '' : withoutIcons(folder),
      uri,
    };
  });
}

/** `prefix + ln-tuning`; empty where a text names no method. */
const methodsOf = (configText: string): string => checkConfig(configText).methods.label;

const readText = async (uri: Uri): Promise<string> => new TextDecoder().decode(await workspace.fs.readFile(uri));

/**
 * Whether LN-tuning or what the config says is started, for a config that says something else. Undefined when the
 * question was left. Methods that cannot be read are left to the start, which shows what is wrong.
 */
export async function askForMethods(uri: Uri): Promise<{ readonly methods?: string } | undefined> {
  const { methods } = checkConfig((await workspace.openTextDocument(uri)).getText());
  const { label, problems } = methods;
  if (label === lnTuning.name || label === '' || problems.length > 0) return {};
  const items = [
    {
      label: 'Start LN-tuning',
      detail: 'With everything else as the config says; the file stays as it is.',
      answer: { methods: lnTuning.name },
    },
    {
      label: `Start ${withoutIcons(methodTitles(label))}`,
      detail: 'As the config says.',
      answer: {},
    },
  ];
  const title = `${path.basename(uri.fsPath)} names ${methodTitles(label)}`;
  return (await window.showQuickPick(items, { title }))?.answer;
}
