import { homedir } from 'node:os';
import { env, type Uri, type WorkspaceFolder, window, workspace } from 'vscode';
import type { ModelFacts } from '../config/checks/environment.ts';
import type { SweepView } from '../contract/sweepView.ts';
import type { TrainerProgram } from '../processes/trainerCommand.ts';
import type { RunEntry } from '../runs/folder/runEntry.ts';
import { readRunRecord } from '../runs/folder/store.ts';
import { isUnderWay, resumableStates } from '../view/runState.ts';
import { commandLine } from './actions/commandLine.ts';
import type { NoteActions } from './actions/noteActions.ts';
import type { RunPicker, RunQuestion } from './actions/pickRuns.ts';
import type { RunActions } from './actions/runActions.ts';
import type { ViewActions } from './actions/viewActions.ts';
import type { Chats } from './chat/chatPanel.ts';
import type { CommandName } from './commands/commandTable.ts';
import type { Dashboard } from './dashboard/dashboardPanel.ts';
import { tellGone } from './editor/notify.ts';
import { hasTrust, type Reporter } from './editor/report.ts';
import { revealFolder } from './editor/revealFolder.ts';
import { configKind, type FileKind, sweepKind } from './language/checks/fileKinds.ts';
import { exportAdapter, exportMerged } from './models/exportModel.ts';
import type { Pushing } from './models/pushModel.ts';
import { tryModels } from './models/tryModel.ts';
import { modelOfRun } from './runs/modelOfRun.ts';
import type { RunCatalog } from './runs/runCatalog.ts';
import { scopeOf } from './runs/scopeOf.ts';
import type { SweepEntry } from './runs/sweepCatalog.ts';
import { writesText } from './runs/writesText.ts';
import type { NewExperimentParts } from './start/experimentDraft.ts';
import { newExperiment } from './start/newExperiment.ts';
import { openExampleWorkspace } from './start/openExamples.ts';
import {
  askForConfig,
  askForConfigOrNew,
  askForMethods,
  askForSweepFile,
  fileInFront,
  filesSelected,
} from './start/pickConfig.ts';
import { openCopy } from './start/rerun.ts';
import type { RunStarter } from './start/runStarter.ts';
import { newSweep, sweepOverRuns } from './sweeps/newSweep.ts';
import { type SweepActions, type SweepQuestion, sweepRow } from './sweeps/sweepActions.ts';
import type { SweepStarter } from './sweeps/sweepStarter.ts';
import type { EnvironmentPage } from './trainer/checkEnvironment.ts';
import type { TrainerOf } from './trainer/trainerProgram.ts';

interface CommandParts {
  readonly catalog: RunCatalog;
  readonly picker: RunPicker;
  readonly starter: RunStarter;
  readonly sweepStarter: SweepStarter;
  readonly sweeps: SweepActions;
  readonly runs: RunActions;
  readonly notes: NoteActions;
  readonly view: ViewActions;
  readonly dashboard: Dashboard;
  readonly chats: Chats;
  readonly pushing: Pushing;
  readonly experiment: NewExperimentParts;
  readonly environment: EnvironmentPage;
  readonly trainerOf: TrainerOf;
  readonly attempt: Reporter['attempt'];
  readonly extensionFolder: string;
  readonly showTokens: () => Promise<void>;
}

/** A command's action; its arguments are the editor's: the row, and all selected rows, or the config's address. */
export type CommandAction = (...args: readonly unknown[]) => unknown;

const canResume = ({ state }: RunEntry): boolean => resumableStates.includes(state);
const isTuned = ({ state }: RunEntry): boolean => state === 'finished' || state === 'stopped';

const questions = {
  stop: { title: 'Stop which runs?', fits: isUnderWay, none: 'No run is running or waiting.', many: true },
  resume: { title: 'Resume which runs?', fits: canResume, none: 'No run was stopped or failed.', many: true },
  compare: { title: 'Compare which runs?', fits: () => true, none: 'There are no runs yet.', many: true },
  try: {
    title: 'Try which models?',
    fits: isTuned,
    none: 'No run has a tuned model yet.',
    many: true,
    startsWithNewest: true,
  },
  export: { title: 'Export the model of which run?', fits: isTuned, none: 'No run has a tuned model yet.' },
  push: { title: 'Push the model of which run?', fits: isTuned, none: 'No run has a tuned model yet.' },
  log: { title: 'Show the log of which run?', fits: () => true, none: 'There are no runs yet.' },
} as const satisfies Record<string, RunQuestion>;

const inState =
  (state: SweepView['state']) =>
  ({ view }: SweepEntry): boolean =>
    view?.state === state;

const sweepQuestions = {
  open: { title: 'Open which sweep?', fits: () => true, none: 'There are no sweeps yet.' },
  stop: { title: 'Stop which sweep?', fits: inState('running'), none: 'No sweep is running.', many: true },
  resume: { title: 'Resume which sweep?', fits: inState('open'), none: 'No sweep is left unfinished.', many: true },
  delete: {
    title: 'Delete which sweep?',
    fits: (sweep) => !inState('running')(sweep),
    none: 'No sweep can be deleted.',
    many: true,
  },
} as const satisfies Record<string, SweepQuestion>;

/** Folder that commands without a run or config start from. */
function workingFolder(): string {
  const folders: readonly WorkspaceFolder[] = workspace.workspaceFolders ?? [];
  return folders.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath ?? homedir();
}

/** One action for each entry of the command table. */
export function commandActions(parts: CommandParts): Readonly<Record<CommandName, CommandAction>> {
  const {
    catalog,
    picker,
    starter,
    sweepStarter,
    sweeps,
    runs,
    notes,
    view,
    dashboard,
    chats,
    pushing,
    experiment,
    environment,
    trainerOf,
    attempt,
  } = parts;
  const withGiven =
    (act: (runs: readonly RunEntry[]) => unknown): CommandAction =>
    (...args) => {
      const named = picker.named(args);
      return named && act(named);
    };
  const withFirst =
    (act: (run: RunEntry) => unknown): CommandAction =>
    (...args) => {
      const [run] = picker.named(args) ?? [];
      return run && act(run);
    };
  const withPicked =
    (question: RunQuestion, act: (runs: readonly RunEntry[]) => unknown): CommandAction =>
    async (...args) => {
      const picked = await picker.pick(args, question);
      if (picked !== undefined && picked.length > 0) await act(picked);
    };
  const withTuned = (question: RunQuestion, act: (runs: readonly RunEntry[]) => unknown): CommandAction =>
    withPicked(question, async (picked) => {
      if (await hasTrust(workspace.isTrusted)) await act(picked);
    });
  const takeOut =
    (act: (run: RunEntry, model: ModelFacts, trainer: TrainerProgram) => Promise<void>) =>
    async ([run]: readonly RunEntry[]): Promise<void> =>
      act(run!, await modelOfRun(run!.record, experiment.worldOf), await trainerOf(scopeOf(catalog, run!.folder)));
  const withSweep =
    (question: SweepQuestion, act: (sweep: SweepEntry) => unknown): CommandAction =>
    async (...args) => {
      for (const sweep of await sweeps.pick(args, question)) await attempt(() => act(sweep));
    };
  const withTrustedSweep = (question: SweepQuestion, act: (folder: string) => unknown): CommandAction =>
    withSweep(question, async ({ folder }) => {
      if (await hasTrust(workspace.isTrusted)) await act(folder);
    });
  const withFile =
    (kind: FileKind, ask: () => Promise<Uri | undefined>, act: (file: Uri) => unknown): CommandAction =>
    async (...args) => {
      if (!(await hasTrust(workspace.isTrusted))) return;
      const selected = filesSelected(kind, args);
      const files = selected.length > 1 ? selected : [fileInFront(kind, args[0]) ?? (await ask())];
      // One that is refused keeps no other from it.
      for (const file of files) if (file !== undefined) await attempt(() => act(file));
    };
  const withSweepFile = (title: string, act: (file: Uri) => unknown): CommandAction =>
    withFile(sweepKind, () => askForSweepFile(title), act);
  const startLnTuning: CommandAction = async (address) => {
    if (!(await hasTrust(workspace.isTrusted))) return;
    const config = fileInFront(configKind, address) ?? (await askForConfigOrNew());
    if (config === 'new') return await startNew();
    const answer = config && (await askForMethods(config));
    if (answer !== undefined) await starter.start(config!, answer.methods);
  };
  const startNew = async (): Promise<void> => {
    const config = await newExperiment(experiment);
    if (config !== undefined) await starter.start(config);
  };

  const deleteSweep = withSweep(sweepQuestions.delete, (sweep) => sweeps.delete(sweep));

  return {
    startLnTuning,
    startFromConfig: withFile(configKind, askForConfig, (config) => starter.start(config)),
    startSweep: withSweepFile('Start which sweep?', (file) => sweepStarter.start(file)),
    dryRunSweep: withSweepFile('Estimate which sweep?', (file) => sweepStarter.dryRun(file)),
    newSweep: async (address) => {
      const config = fileInFront(configKind, address) ?? (await askForConfig('Compare methods on which config?'));
      if (config !== undefined) await newSweep(config, experiment.worldOf);
    },
    sweepOverMethods: withGiven((chosen) => sweepOverRuns(chosen, experiment.worldOf)),
    openSweep: withSweep(sweepQuestions.open, ({ record }) => dashboard.showSweep(record.id)),
    stopSweep: withTrustedSweep(sweepQuestions.stop, sweepStarter.stop),
    resumeSweep: withTrustedSweep(sweepQuestions.resume, sweepStarter.resume),
    deleteSweep,
    showTokens: () => parts.showTokens(),
    openExampleWorkspace: () => openExampleWorkspace(parts.extensionFolder),
    newExperiment: () => newExperiment(experiment),
    // The head of the explorer names its selected row, be it what it may.
    openDashboard: (...args) => dashboard.show(picker.given(args)),
    stopRun: withPicked(questions.stop, (chosen) => runs.stop(chosen)),
    runNext: withGiven((chosen) => runs.runNext(chosen)),
    removeFromQueue: withGiven((chosen) => runs.removeFromQueue(chosen)),
    resumeRun: withPicked(questions.resume, (chosen) => starter.resume(chosen)),
    retryRun: withFirst((run) => starter.retry(run)),
    rerunWithChanges: withFirst(async ({ folder }) => {
      const record = readRunRecord(folder);
      await openCopy(record, await modelOfRun(record, experiment.worldOf));
    }),
    compareRuns: withPicked(questions.compare, (chosen) => dashboard.show(chosen, 'compare')),
    tryModel: withTuned(questions.try, async (chosen) => {
      const trainer = await trainerOf(scopeOf(catalog, chosen[0]!.folder));
      const writing = chosen.filter(writesText);
      if (writing.length > 0) chats.show(writing, trainer, workingFolder());
      const labelling = chosen.filter((run) => !writesText(run));
      if (labelling.length > 0) tryModels(labelling, trainer, workingFolder());
    }),
    openConfig: withFirst((run) => runs.openConfig(run)),
    showLog: withPicked(questions.log, ([run]) => runs.showLog(run!)),
    exportAdapter: withTuned(questions.export, takeOut(exportAdapter)),
    mergeAndExport: withTuned(questions.export, takeOut(exportMerged)),
    pushModel: withTuned(
      questions.push,
      takeOut((...model) => pushing.push(...model)),
    ),
    copyCommandLine: withFirst(async ({ record }) => {
      await env.clipboard.writeText(commandLine(record, await modelOfRun(record, experiment.worldOf)));
      window.setStatusBarMessage('Command line copied', 3000);
    }),
    revealRun: async (row) => {
      const folder = picker.folderOf(row);
      if (folder === undefined) tellGone('run');
      else await revealFolder(folder);
    },
    // One run has a name: of several that are selected the one with the focus is meant.
    renameRun: async (...args) => notes.rename(picker.given((await picker.givenOrFocused(args)).slice(0, 1))),
    tagRuns: withGiven((chosen) => notes.tag(chosen)),
    noteRun: withGiven((chosen) => notes.note(chosen)),
    pinRuns: withGiven((chosen) => notes.pin(chosen, true)),
    unpinRuns: withGiven((chosen) => notes.pin(chosen, false)),
    protectRuns: withGiven((chosen) => notes.protect(chosen, true)),
    unprotectRuns: withGiven((chosen) => notes.protect(chosen, false)),
    deleteRuns: async (...args) => {
      const meant = await picker.givenOrFocused(args);
      await (sweepRow.safeParse(meant[0]).success ? deleteSweep(...meant) : runs.delete(picker.given(meant)));
    },
    groupRuns: () => view.group(),
    sortRuns: () => view.sort(),
    filterRuns: () => view.filter(),
    clearFilter: () => view.clearFilter(),
    refreshRuns: () => catalog.refresh(),
    // A click leaves the keys to the list, as in the list of files.
    showSelectedRun: async () => dashboard.show(await picker.clicked(), undefined, true),
    showMoreRuns: (group) => view.showMore(group),
    checkEnvironment: async () => {
      if (await hasTrust(workspace.isTrusted)) await environment.show(await trainerOf(), workingFolder());
    },
  };
}
