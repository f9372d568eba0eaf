import { commandContributions, commandTitles } from './commands/contributions.ts';
import { runsViewId } from './commands/ids.ts';
import { type SettingDeclaration, settingSections, settingsTable } from './editor/settingsTable.ts';
import { walkthroughSteps } from './walkthrough.ts';
import { welcomes } from './welcomes.ts';

const settings = Object.entries(settingsTable) as readonly [string, SettingDeclaration][];

const untrusted =
  'Configs can be edited, checked and looked at, and so can runs. Nothing is started: training runs programs and reads models that the workspace names.';
const virtual = 'Models, data and runs are files on disk, which the trainer reads and writes itself.';

/** The parts of the manifest that follow from the code: keys of `package.json`, and `contributes` in parts. */
export function manifest(): {
  readonly top: Readonly<Record<string, unknown>>;
  readonly contributes: Readonly<Record<string, unknown>>;
} {
  const { commands, menus, keybindings } = commandContributions();
  return {
    top: {
      categories: ['Machine Learning', 'Data Science', 'Visualization'],
      keywords: ['peft', 'fine-tuning', 'layernorm', 'lora', 'adapter', 'transformers', 'llm', 'hyperparameter sweep'],
      icon: 'resources/icon.png',
      galleryBanner: { color: '#10202f', theme: 'dark' },
      extensionKind: ['workspace'],
      activationEvents: ['onWebviewPanel:peftLab.dashboard', 'workspaceContains:.peft-lab/runs'],
      capabilities: {
        untrustedWorkspaces: {
          supported: 'limited',
          description: '%untrusted%',
          restrictedConfigurations: settings
            .filter(([, { restricted }]) => restricted)
            .map(([name]) => `peftLab.${name}`),
        },
        virtualWorkspaces: { supported: false, description: '%virtual%' },
      },
    },
    contributes: {
      commands,
      menus,
      keybindings,
      viewsContainers: {
        activitybar: [{ id: 'peftLab', title: 'PEFT Lab', icon: 'resources/activity.svg' }],
      },
      views: { peftLab: [{ id: runsViewId, name: '%view.runs%', icon: 'resources/activity.svg' }] },
      viewsWelcome: welcomes.map(({ id, when }) => ({ view: runsViewId, contents: `%welcome.${id}%`, when })),
      configuration: settingLists(),
      snippets: [
        { language: 'peft-yaml', path: './resources/snippets/config.json' },
        { language: 'peft-sweep-yaml', path: './resources/snippets/sweep.json' },
      ],
      walkthroughs: [
        {
          id: 'peftLab.start',
          title: '%walkthrough.title%',
          description: '%walkthrough.description%',
          steps: walkthroughSteps.map((step) => ({
            ...step,
            title: `%walkthrough.${step.id}.title%`,
            description: `%walkthrough.${step.id}.description%`,
            media: { ...step.media, altText: `%walkthrough.${step.id}.picture%` },
          })),
        },
      ],
    },
  };
}

/**
 * Settings by heading. The editor writes `Peft Lab: Threads` of `peftLab.threads`, words of the key alone; it leaves out
 * what a heading of several repeats by its id.
 */
function settingLists(): readonly Readonly<Record<string, unknown>>[] {
  return Object.entries(settingSections).map(([id, title], order) => ({
    id: `peftLab.${id}`,
    title,
    order,
    properties: Object.fromEntries(
      settings
        .filter(([, { section }]) => section === id)
        .map(([name, { description, section, restricted, enumDescriptions, ...rest }]) => [
          `peftLab.${name}`,
          {
            ...rest,
            markdownDescription: `%setting.${name}%`,
            ...(enumDescriptions && {
              markdownEnumDescriptions: enumDescriptions.map((_, index) => `%setting.${name}.${index}%`),
            }),
          },
        ]),
    ),
  }));
}

/** The English texts of the manifest, for `package.nls.json`. */
export function manifestTexts(): Readonly<Record<string, string>> {
  return {
    ...commandTitles(),
    'view.runs': 'Runs',
    ...Object.fromEntries(welcomes.map(({ id, contents }) => [`welcome.${id}`, contents])),
    ...Object.fromEntries(
      settings.flatMap(([name, { description, enumDescriptions = [] }]) => [
        [`setting.${name}`, description],
        ...enumDescriptions.map((text, index) => [`setting.${name}.${index}`, text]),
      ]),
    ),
    'walkthrough.title': 'Tune a model with PEFT Lab',
    'walkthrough.description': 'From a file of examples to a compared, tuned model.',
    ...Object.fromEntries(
      walkthroughSteps.flatMap(({ id, title, description, media }) => [
        [`walkthrough.${id}.title`, title],
        [`walkthrough.${id}.description`, description],
        [`walkthrough.${id}.picture`, media.altText],
      ]),
    ),
    untrusted,
    virtual,
  };
}
