import { resumableStates } from '../../view/runState.ts';

/** Where an entry stands in a menu of VS Code. */
interface Place {
  readonly when?: string;
  /** `inline@1`, `1_run@2` … */
  readonly group: string;
}

interface FilePlaces {
  readonly editor?: string;
  readonly explorer?: string;
  /** Whether the file explorer offers it for several selected files, each of which it is done with. */
  readonly many?: true;
}

/** One command: its palette entry and all its menu places are made from this. */
export interface CommandDeclaration {
  readonly title: string;
  readonly icon?: string;
  /** When the palette offers it; `never` for what needs an argument. */
  readonly palette: 'always' | 'never' | { readonly when: string };
  /** Greyed out otherwise. Whatever starts a process also asks for trust in code. */
  readonly enablement?: string;
  /** In the head of the run explorer. */
  readonly head?: Place;
  /** At a run in the run explorer; `when` is about `viewItem`. */
  readonly run?: readonly Place[];
  /** At a group of runs in the run explorer. */
  readonly group?: Place;
  /** At a sweep in the run explorer; `when` is about `viewItem`. */
  readonly sweep?: readonly Place[];
  /** Pressed in the run explorer, for the selected rows. */
  readonly key?: { readonly key: string; readonly mac?: string };
  /** In the head of an editor with a config, and in its context menu in the file explorer. */
  readonly config?: FilePlaces;
  /** The same of a sweep's file. */
  readonly sweepFile?: FilePlaces;
}

const trusted = 'isWorkspaceTrusted';
const hasRuns = { when: 'peftLab.hasRuns' };

/** Runs carry their state and marks as words in their context value. */
const one = '!listMultiSelection';
const is = (...words: readonly string[]): string => `viewItem =~ /\\b(${words.join('|')})\\b/`;
const isNot = (...words: readonly string[]): string => `!(${is(...words)})`;
const and = (...conditions: readonly string[]): string => conditions.join(' && ');
/** Of many rows a menu shows what all of them allow: of those that differ, the command sorts out what it can act on. */
const orMany = (condition: string): string => `(listMultiSelection || ${condition})`;

/** Every command, without the prefix `peftLab.`. The manifest is made from this table. */
export const commandTable = {
  startLnTuning: {
    title: 'Start LN-tuning',
    icon: '$(play)',
    palette: 'always',
    enablement: trusted,
    head: { group: 'navigation@1' },
    config: { explorer: 'peftLab@2' },
  },
  startFromConfig: {
    title: 'Start Run from Config…',
    icon: '$(play)',
    palette: 'always',
    enablement: trusted,
    config: { editor: 'navigation@1', explorer: 'peftLab@1', many: true },
  },
  startSweep: {
    title: 'Start Sweep…',
    icon: '$(run-all)',
    palette: 'always',
    enablement: trusted,
    sweepFile: { editor: 'navigation@1', explorer: 'peftLab@1', many: true },
  },
  dryRunSweep: {
    title: 'Dry Run of Sweep…',
    palette: 'always',
    enablement: trusted,
    sweepFile: { explorer: 'peftLab@2' },
  },
  newSweep: { title: 'New Sweep…', icon: '$(add)', palette: 'always', config: { explorer: 'peftLab@3' } },
  sweepOverMethods: {
    title: 'Sweep over These Methods…',
    palette: 'never',
    run: [{ group: '2_run@5', when: isNot('unreadable') }],
    group: { group: '2_run@1' },
  },
  openSweep: {
    title: 'Open Sweep',
    icon: '$(graph-line)',
    palette: { when: 'peftLab.hasSweeps' },
    sweep: [{ group: 'inline@3' }, { group: '1_look@1' }],
  },
  stopSweep: {
    title: 'Stop Sweep',
    icon: '$(debug-stop)',
    palette: { when: 'peftLab.hasSweeps' },
    enablement: trusted,
    sweep: [
      { group: 'inline@1', when: is('running') },
      { group: '2_run@1', when: is('running') },
    ],
  },
  resumeSweep: {
    title: 'Resume Sweep',
    icon: '$(debug-continue)',
    palette: { when: 'peftLab.hasSweeps' },
    enablement: trusted,
    sweep: [
      { group: 'inline@1', when: is('open') },
      { group: '2_run@1', when: is('open') },
    ],
  },
  deleteSweep: {
    title: 'Delete Sweep…',
    palette: { when: 'peftLab.hasSweeps' },
    sweep: [{ group: '5_delete@1', when: isNot('running') }],
  },
  showTokens: { title: 'Show Tokens', icon: '$(symbol-string)', palette: 'always' },
  openExampleWorkspace: { title: 'Open Example Workspace…', palette: 'always' },
  newExperiment: { title: 'New Experiment…', icon: '$(add)', palette: 'always', head: { group: 'navigation@2' } },
  openDashboard: {
    title: 'Open Dashboard',
    icon: '$(graph-line)',
    palette: 'always',
    head: { group: 'navigation@3' },
    run: [
      { group: 'inline@3', when: isNot('queued', 'unreadable') },
      { group: '1_look@1', when: isNot('unreadable') },
    ],
  },
  stopRun: {
    title: 'Stop Run',
    icon: '$(debug-stop)',
    palette: { when: 'peftLab.hasRunning' },
    enablement: trusted,
    run: [
      { group: 'inline@1', when: is('running') },
      { group: '2_run@1', when: is('running') },
    ],
  },
  runNext: {
    title: 'Run Next',
    icon: '$(arrow-up)',
    palette: 'never',
    run: [
      { group: 'inline@2', when: is('queued') },
      { group: '2_run@1', when: is('queued') },
    ],
  },
  removeFromQueue: {
    title: 'Remove from Queue',
    icon: '$(close)',
    palette: 'never',
    enablement: trusted,
    run: [
      { group: 'inline@1', when: is('queued') },
      { group: '2_run@2', when: is('queued') },
    ],
  },
  resumeRun: {
    title: 'Resume Run',
    icon: '$(debug-continue)',
    palette: hasRuns,
    enablement: trusted,
    run: [
      { group: 'inline@1', when: is(...resumableStates) },
      { group: '2_run@2', when: and(one, is(...resumableStates)) },
    ],
  },
  retryRun: {
    title: 'Retry from the Beginning',
    palette: 'never',
    enablement: trusted,
    run: [{ group: '2_run@3', when: and(one, is('finished', ...resumableStates)) }],
  },
  rerunWithChanges: {
    title: 'Re-run with Changes…',
    icon: '$(edit)',
    palette: 'never',
    run: [{ group: '2_run@4', when: and(one, isNot('unreadable')) }],
  },
  compareRuns: {
    title: 'Compare Runs',
    icon: '$(diff)',
    palette: hasRuns,
    run: [{ group: '1_look@2', when: 'listMultiSelection' }],
    group: { group: '1_look@1' },
  },
  tryModel: {
    title: 'Try a Model',
    icon: '$(comment-discussion)',
    palette: hasRuns,
    enablement: trusted,
    run: [{ group: '1_look@3', when: is('finished', 'stopped') }],
  },
  openConfig: {
    title: 'Open Config',
    palette: 'never',
    run: [{ group: '1_look@4', when: and(one, isNot('unreadable')) }],
  },
  showLog: {
    title: 'Show Log',
    icon: '$(output)',
    palette: hasRuns,
    run: [
      { group: 'inline@2', when: is('failed', 'died', 'unknown') },
      { group: '1_look@5', when: and(one, isNot('unreadable')) },
    ],
  },
  exportAdapter: {
    title: 'Export Adapter…',
    palette: hasRuns,
    enablement: trusted,
    run: [{ group: '4_out@1', when: and(one, is('finished', 'stopped')) }],
  },
  mergeAndExport: {
    title: 'Merge and Export Model…',
    palette: hasRuns,
    enablement: trusted,
    run: [{ group: '4_out@2', when: and(one, is('finished', 'stopped')) }],
  },
  pushModel: {
    title: 'Push to the Hugging Face Hub…',
    palette: hasRuns,
    enablement: trusted,
    run: [{ group: '4_out@3', when: and(one, is('finished', 'stopped')) }],
  },
  copyCommandLine: {
    title: 'Copy Command Line',
    palette: 'never',
    run: [{ group: '4_out@4', when: and(one, isNot('unreadable')) }],
  },
  revealRun: { title: 'Reveal Run Folder', palette: 'never', run: [{ group: '4_out@5', when: one }] },
  renameRun: {
    title: 'Rename…',
    palette: 'never',
    run: [{ group: '3_notes@1', when: and(one, isNot('unreadable')) }],
    key: { key: 'f2' },
  },
  tagRuns: {
    title: 'Tag…',
    palette: 'never',
    run: [{ group: '3_notes@2', when: isNot('unreadable') }],
    group: { group: '3_notes@1' },
  },
  noteRun: { title: 'Note…', palette: 'never', run: [{ group: '3_notes@3', when: and(one, isNot('unreadable')) }] },
  pinRuns: {
    title: 'Pin',
    palette: 'never',
    run: [{ group: '3_notes@4', when: and(isNot('unreadable'), orMany(isNot('pinned'))) }],
  },
  unpinRuns: {
    title: 'Unpin',
    palette: 'never',
    run: [{ group: '3_notes@4', when: and(isNot('unreadable'), orMany(is('pinned'))) }],
  },
  protectRuns: {
    title: 'Protect from Deletion',
    palette: 'never',
    run: [{ group: '3_notes@5', when: and(isNot('unreadable'), orMany(isNot('protected'))) }],
  },
  unprotectRuns: {
    title: 'Allow Deletion',
    palette: 'never',
    run: [{ group: '3_notes@5', when: and(isNot('unreadable'), orMany(is('protected'))) }],
  },
  deleteRuns: {
    title: 'Delete…',
    palette: 'never',
    run: [{ group: '5_delete@1', when: and(isNot('unreadable'), orMany(isNot('running', 'queued', 'protected'))) }],
    group: { group: '5_delete@1' },
    key: { key: 'delete', mac: 'cmd+backspace' },
  },
  groupRuns: { title: 'Group Runs by…', palette: hasRuns, head: { group: '1_view@1' } },
  sortRuns: { title: 'Sort Runs by…', palette: hasRuns, head: { group: '1_view@2' } },
  filterRuns: {
    title: 'Filter Runs…',
    icon: '$(filter)',
    palette: hasRuns,
    head: { group: 'navigation@4', when: 'peftLab.hasRuns && !peftLab.filtered' },
  },
  clearFilter: {
    title: 'Clear Filter',
    icon: '$(filter-filled)',
    palette: { when: 'peftLab.filtered' },
    head: { group: 'navigation@4', when: 'peftLab.filtered' },
  },
  refreshRuns: { title: 'Refresh Runs', palette: 'always', head: { group: '1_view@3' } },
  showSelectedRun: { title: 'Show Selected Run', palette: 'never' },
  showMoreRuns: { title: 'Show More Runs', palette: 'never' },
  checkEnvironment: { title: 'Check Environment', palette: 'always', enablement: trusted },
} as const satisfies Readonly<Record<string, CommandDeclaration>>;

export type CommandName = keyof typeof commandTable;
