import { commandContributions, commandTitles, runsViewId } from './commands/contributions.ts';
import { type SettingDeclaration, settingsTable } from './editor/settingsTable.ts';

const welcome = [
  'No runs here yet. A run tunes a small set of weights of a pretrained model on your data.',
  '[Start LN-tuning](command:peftLab.startLnTuning)',
  'Pick a model and data, or open a .peft.yaml file. [Learn how](command:workbench.action.openWalkthrough?%22peft-lab.peft-lab%23peftLab.start%22)',
].join('\n');

const walkthroughSteps = [
  {
    id: 'open',
    title: 'Open an experiment',
    description:
      'An experiment is a file such as reviews.peft.yaml: a model, data and the methods that tune it. Everything in it is checked as you type.\n[New Experiment](command:peftLab.newExperiment)',
    media: { markdown: 'resources/walkthrough/open.md' },
    completionEvents: ['onCommand:peftLab.newExperiment', 'onView:peftLab.runs'],
  },
  {
    id: 'start',
    title: 'Start LN-tuning',
    description:
      'Train only the gain and bias of the LayerNorms: a few thousandths of the weights. The run goes on when you close the window.\n[Start LN-tuning](command:peftLab.startLnTuning)',
    media: { markdown: 'resources/walkthrough/start.md' },
    completionEvents: ['onCommand:peftLab.startLnTuning'],
  },
  {
    id: 'compare',
    title: 'Compare it with BitFit',
    description:
      'Change its methods to bitfit, start it above its first line, select both runs and compare: curves, cost and best metric side by side.\n[Compare Runs](command:peftLab.compareRuns)',
    media: { markdown: 'resources/walkthrough/compare.md' },
    completionEvents: ['onCommand:peftLab.compareRuns'],
  },
];

const untrusted =
  'Configs can be edited, checked and looked at, and so can runs. Nothing is started: training runs programs and reads models that the workspace names.';
const virtual = 'Models, data and runs are files on disk, which the trainer reads and writes itself.';

/** The parts of the manifest that follow from the code: keys of `package.json`, and `contributes` in parts. */
export function manifest(): {
  readonly top: Readonly<Record<string, unknown>>;
  readonly contributes: Readonly<Record<string, unknown>>;
} {
  const settings = Object.entries(settingsTable) as readonly [string, SettingDeclaration][];
  const { commands, menus, keybindings } = commandContributions();
  return {
    top: {
      categories: ['Machine Learning', 'Data Science', 'Visualization'],
      keywords: ['peft', 'fine-tuning', 'layernorm', 'lora', 'adapter', 'transformers'],
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
      viewsWelcome: [
        { view: runsViewId, contents: '%welcome.loading%', when: 'workspaceFolderCount != 0 && !peftLab.loaded' },
        {
          view: runsViewId,
          contents: '%welcome.trusted%',
          when: 'workspaceFolderCount != 0 && peftLab.loaded && !peftLab.filtered',
        },
        { view: runsViewId, contents: '%welcome.noFolder%', when: 'workspaceFolderCount == 0' },
        { view: runsViewId, contents: '%welcome.filtered%', when: 'peftLab.loaded && peftLab.filtered' },
      ],
      configuration: {
        title: 'PEFT Lab',
        properties: Object.fromEntries(
          settings.map(([name, { description, restricted, enumDescriptions, ...rest }]) => [
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
      },
      walkthroughs: [
        {
          id: 'peftLab.start',
          title: '%walkthrough.title%',
          description: '%walkthrough.description%',
          steps: walkthroughSteps.map((step) => ({
            ...step,
            title: `%walkthrough.${step.id}.title%`,
            description: `%walkthrough.${step.id}.description%`,
          })),
        },
      ],
    },
  };
}

/** The English texts of the manifest, for `package.nls.json`. */
export function manifestTexts(): Readonly<Record<string, string>> {
  const settings = Object.entries(settingsTable) as readonly [string, SettingDeclaration][];
  return {
    ...commandTitles(),
    'view.runs': 'Runs',
    'welcome.loading': 'Reading runs…',
    'welcome.trusted': welcome,
    'welcome.noFolder': 'Runs are kept in a folder: open one first.\n[Open Folder](command:vscode.openFolder)',
    'welcome.filtered': 'No run matches the filter.\n[Clear Filter](command:peftLab.clearFilter)',
    ...Object.fromEntries(
      settings.flatMap(([name, { description, enumDescriptions = [] }]) => [
        [`setting.${name}`, description],
        ...enumDescriptions.map((text, index) => [`setting.${name}.${index}`, text]),
      ]),
    ),
    'walkthrough.title': 'Tune a model with PEFT Lab',
    'walkthrough.description': 'From a file of examples to a compared, tuned model.',
    ...Object.fromEntries(
      walkthroughSteps.flatMap(({ id, title, description }) => [
        [`walkthrough.${id}.title`, title],
        [`walkthrough.${id}.description`, description],
      ]),
    ),
    untrusted,
    virtual,
  };
}
