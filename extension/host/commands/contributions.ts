import { type CommandDeclaration, type CommandName, commandTable } from './commandTable.ts';
import { commandId, dashboardType, runsViewId } from './ids.ts';

const configFile = 'resourceFilename =~ /\\.peft\\.ya?ml$/';
const sweepFile = 'resourceFilename =~ /\\.sweep\\.ya?ml$/';
const oneFile = '!listMultiSelection';
const inView = `view == ${runsViewId}`;
const onPage = `webviewId == ${dashboardType}`;
const atRun = 'viewItem =~ /\\brun\\b/';
const atSweep = 'viewItem =~ /\\bsweep\\b/';

interface MenuEntry {
  readonly command: string;
  readonly when?: string;
  readonly group?: string;
}

/** The parts of the manifest that follow from the command table. */
export function commandContributions(): {
  readonly commands: readonly Record<string, string>[];
  readonly menus: Readonly<Record<string, readonly MenuEntry[]>>;
  readonly keybindings: readonly Readonly<Record<string, string>>[];
} {
  const entries = Object.entries(commandTable) as unknown as readonly [CommandName, CommandDeclaration][];
  const commands = entries.map(([name, { icon, enablement }]) => ({
    command: commandId(name),
    title: `%command.${name}%`,
    category: 'PEFT Lab',
    ...(icon === undefined ? {} : { icon }),
    ...(enablement === undefined ? {} : { enablement }),
  }));
  const all = <T>(make: (command: string, declaration: CommandDeclaration) => readonly T[]): readonly T[] =>
    entries.flatMap(([name, declaration]) => make(commandId(name), declaration));
  return {
    commands,
    menus: {
      commandPalette: all((command, { palette }) =>
        palette === 'always' ? [] : [{ command, when: palette === 'never' ? 'false' : palette.when }],
      ),
      'view/title': all((command, { head }) =>
        head === undefined ? [] : [{ command, when: both(inView, head.when), group: head.group }],
      ),
      'view/item/context': all((command, { run = [], sweep = [], group: ofGroup }) => [
        ...run.map(({ when, group }) => ({ command, when: both(`${inView} && ${atRun}`, when), group })),
        ...sweep.map(({ when, group }) => ({ command, when: both(`${inView} && ${atSweep}`, when), group })),
        ...(ofGroup === undefined
          ? []
          : [{ command, when: both(`${inView} && viewItem == group`, ofGroup.when), group: ofGroup.group }]),
      ]),
      // The rows of the dashboard's list say what the explorer's rows say, in `data-vscode-context`; they have no room for buttons.
      'webview/context': all((command, { run = [] }) =>
        run
          .filter(({ group }) => !group.startsWith('inline'))
          .map(({ when, group }) => ({ command, when: both(`${onPage} && ${atRun}`, when), group })),
      ),
      'editor/title/run': all((command, { config, sweepFile: ofSweep }) => [
        ...fileEntry(command, configFile, config?.editor),
        ...fileEntry(command, sweepFile, ofSweep?.editor),
      ]),
      'explorer/context': all((command, { config, sweepFile: ofSweep }) => [
        ...fileEntry(command, config?.many ? configFile : `${configFile} && ${oneFile}`, config?.explorer),
        ...fileEntry(command, ofSweep?.many ? sweepFile : `${sweepFile} && ${oneFile}`, ofSweep?.explorer),
      ]),
    },
    keybindings: all((command, { key }) =>
      key === undefined ? [] : [{ command, ...key, when: `focusedView == ${runsViewId} && listFocus && !inputFocus` }],
    ),
  };
}

const fileEntry = (command: string, when: string, group: string | undefined): readonly MenuEntry[] =>
  group === undefined ? [] : [{ command, when, group }];

const both = (first: string, second: string | undefined): string =>
  second === undefined ? first : `${first} && ${second}`;

/** The English titles, for `package.nls.json`. */
export const commandTitles = (): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(commandTable).map(([name, { title }]) => [`command.${name}`, title]));
