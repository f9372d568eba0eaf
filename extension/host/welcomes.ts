import { walkthroughCommand } from './walkthrough.ts';

interface Welcome {
  readonly id: string;
  readonly when: string;
  readonly contents: string;
}

const lines = (...text: readonly string[]): string => text.join('\n');
const learnHow = `[Learn how](${walkthroughCommand}).`;
const examples = '[Open Example Workspace](command:peftLab.openExampleWorkspace)';
const ready = 'workspaceFolderCount != 0 && !peftLab.incomplete && peftLab.loaded';

/** What the run explorer says while it shows no run, and what there is to do about it; of these one holds at any time. */
export const welcomes: readonly Welcome[] = [
  {
    id: 'incomplete',
    when: 'peftLab.incomplete',
    contents: lines(
      'Files of this extension are missing, or are those of another platform: nothing can be trained. Reinstall it, then reload the window.',
      '[Open the Extension](command:extension.open?%5B%22peft-lab.peft-lab%22%5D)',
      '[Reload Window](command:workbench.action.reloadWindow)',
    ),
  },
  {
    id: 'noFolder',
    when: 'workspaceFolderCount == 0 && !peftLab.incomplete',
    contents: lines(
      'Runs are kept in a folder. Open one of yours, or the examples: two small models, data and configs that train in seconds, without network.',
      '[Open Folder](command:vscode.openFolder)',
      examples,
      learnHow,
    ),
  },
  {
    id: 'loading',
    when: 'workspaceFolderCount != 0 && !peftLab.incomplete && !peftLab.loaded',
    contents: 'Reading runs…',
  },
  {
    id: 'filtered',
    when: `${ready} && peftLab.filtered`,
    contents: lines('No run matches the filter.', '[Clear Filter](command:peftLab.clearFilter)'),
  },
  {
    id: 'restricted',
    when: `${ready} && !peftLab.filtered && !isWorkspaceTrusted`,
    contents: lines(
      'No runs here yet. This folder is not trusted: configs can be written and checked, nothing is started.',
      '[Manage Workspace Trust](command:workbench.trust.manage)',
      learnHow,
    ),
  },
  {
    id: 'trusted',
    when: `${ready} && !peftLab.filtered && isWorkspaceTrusted`,
    contents: lines(
      'No runs here yet. A run tunes a small set of weights of a pretrained model on your data.',
      '[Start LN-tuning](command:peftLab.startLnTuning)',
      `Pick a model and data, or open a .peft.yaml file. ${learnHow}`,
      'Nothing to train on? [Open the example workspace](command:peftLab.openExampleWorkspace).',
    ),
  },
];
