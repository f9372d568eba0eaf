import { commands, type ExtensionContext, type TreeView, Uri, workspace } from 'vscode';
import type { RunEstimate } from '../contract/estimate.ts';
import type { RunAction } from '../contract/panel.ts';
import type { SweepCost } from '../contract/sweepCost.ts';
import type { RunEntry } from '../runs/folder/runEntry.ts';
import { isSweepIn } from '../runs/folder/sweepFolder.ts';
import { runTitle } from '../view/runNames.ts';
import { NoteActions } from './actions/noteActions.ts';
import { RunPicker } from './actions/pickRuns.ts';
import { RunActions } from './actions/runActions.ts';
import { ViewActions } from './actions/viewActions.ts';
import { Chats } from './chat/chatPanel.ts';
import { type CommandAction, commandActions } from './commandActions.ts';
import type { CommandName } from './commands/commandTable.ts';
import { commandId } from './commands/ids.ts';
import { Dashboard } from './dashboard/dashboardPanel.ts';
import { tellGone } from './editor/notify.ts';
import { hasTrust } from './editor/report.ts';
import type { Services } from './editor/services.ts';
import { readSettings } from './editor/settings.ts';
import type { ExplorerView } from './explorer/explorerView.ts';
import type { ExplorerNode, RunTree } from './explorer/runTree.ts';
import type { Estimator } from './language/checks/fileEstimates.ts';
import { Pushing } from './models/pushModel.ts';
import type { RunCatalog } from './runs/runCatalog.ts';
import { scopeOf } from './runs/scopeOf.ts';
import type { SweepCatalog } from './runs/sweepCatalog.ts';
import { RunStarter } from './start/runStarter.ts';
import { settingDefaults, settingOverrides } from './start/settingOverrides.ts';
import { SweepActions } from './sweeps/sweepActions.ts';
import { SweepStarter } from './sweeps/sweepStarter.ts';
import { EnvironmentPage } from './trainer/checkEnvironment.ts';
import { type EstimateOptions, estimateMethods, estimateRun, priceSweep } from './trainer/estimateRun.ts';
import { readDrift, readRowFlips, readScaleCurve, readSweepView } from './trainer/sideAnswers.ts';
import { trainerIn } from './trainer/trainerProgram.ts';
import { writeReport } from './trainer/writeReport.ts';

/** The list of runs, as it is shown. */
interface RunList {
  readonly catalog: RunCatalog;
  readonly sweeps: SweepCatalog;
  readonly view: ExplorerView;
  readonly tree: RunTree;
  readonly treeView: TreeView<ExplorerNode>;
}

const isRunning = ({ state }: RunEntry): boolean => state === 'running';

/** All that is done with runs; what only shows them does without. */
export interface RunDesk {
  readonly actions: Readonly<Record<CommandName, CommandAction>>;
  readonly dashboard: Dashboard;
  readonly runs: RunActions;
  readonly starter: RunStarter;
  readonly estimateRun: Estimator<RunEstimate>;
  readonly estimateSweep: Estimator<SweepCost>;
}

const untrusted = (what: string): Error =>
  new Error(`${what}: nothing is started where the workspace is not trusted; trust it, then look again`);

/** Puts together all that starts runs and acts on them, for commands and the dashboard. */
export function openRunDesk(context: ExtensionContext, services: Services, list: RunList): RunDesk {
  const { reporter, worldOf } = services;
  const { catalog, sweeps, view, tree, treeView } = list;
  const trainerOf = trainerIn(context.extensionPath);
  const trainerFor = (folder: string) => trainerOf(scopeOf(catalog, folder));
  const pageFolder = Uri.joinPath(context.extensionUri, 'dist', 'webview');
  const runs = new RunActions(catalog);
  const starter = new RunStarter(catalog, trainerOf, services.check, (folders) => {
    const started = folders.flatMap((folder) => catalog.find(folder) ?? []);
    if (started.length > 0 && readSettings().openDashboardOnStart) dashboard.show(started, undefined, true);
  });
  // Measuring beside a run would slow down the one and spoil the other.
  const mayMeasure = (): boolean => !catalog.runs.some(isRunning);
  const engineOf = (scope: Uri) => ({ ...readSettings(scope), pythonPath: '' });
  const estimateOptions = (configText: string, scope: Uri): EstimateOptions => ({
    overrides: settingOverrides(configText, engineOf(scope)),
    mayMeasure: mayMeasure(),
  });
  const estimateOf: Estimator<RunEstimate> = async (file) => {
    if (!workspace.isTrusted) return undefined;
    const uri = Uri.file(file);
    const text = (await workspace.openTextDocument(uri)).getText();
    return await estimateRun(file, estimateOptions(text, uri), await trainerOf(uri));
  };
  const estimateSweep: Estimator<SweepCost> = async (file) => {
    if (!workspace.isTrusted) return undefined;
    const uri = Uri.file(file);
    const options = { overrides: settingDefaults(engineOf(uri)), mayMeasure: mayMeasure() };
    return await priceSweep(file, options, await trainerOf(uri));
  };
  const pageActions: Readonly<Record<RunAction, (run: RunEntry) => unknown>> = {
    stop: (run) => runs.stop([run]),
    resume: (run) => starter.resume([run]),
    rerunWithChanges: ({ folder }) => actions.rerunWithChanges({ kind: 'run', folder }),
    tryModel: ({ folder }) => actions.tryModel({ kind: 'run', folder }),
    exportAdapter: ({ folder }) => actions.exportAdapter({ kind: 'run', folder }),
    openLog: (run) => runs.showLog(run),
    openConfig: (run) => runs.openConfig(run),
  };
  const folderOfSweep = (id: string): string | undefined =>
    catalog.stores.map(({ store }) => store.folder).find((folder) => isSweepIn(folder, id));
  const dashboard = new Dashboard({
    catalog,
    sweeps,
    looks: context.workspaceState,
    pageFolder,
    worldOf,
    driftOf: async (run, signal) => {
      if (!workspace.isTrusted) throw untrusted(runTitle(run));
      return await readDrift(run, await trainerFor(run.folder), signal);
    },
    sweepOf: async (id, signal) => {
      const runsFolder = folderOfSweep(id);
      if (runsFolder === undefined)
        throw new Error(`sweep ${id}: must lie in a runs folder of this window, got none; it may have been deleted`);
      if (!workspace.isTrusted) throw untrusted(`sweep ${id}`);
      return await readSweepView(id, runsFolder, await trainerFor(runsFolder), signal);
    },
    flipsOf: async (question, signal) => {
      const runsFolder = folderOfSweep(question.sweep);
      if (runsFolder === undefined) return [];
      if (!(await hasTrust(workspace.isTrusted))) throw untrusted(`sweep ${question.sweep}`);
      return await readRowFlips(question, runsFolder, await trainerFor(runsFolder), signal);
    },
    scaleOf: async (run, signal) => {
      if (!(await hasTrust(workspace.isTrusted))) throw untrusted(runTitle(run));
      return await readScaleCurve(run, await trainerFor(run.folder), signal);
    },
    onError: reporter.note,
    attempt: reporter.attempt,
    act: (action, run) => void reporter.attempt(() => pageActions[action](run)),
    actOnSweep: (action, id) => {
      const folder = sweeps.sweeps.find(({ record }) => record.id === id)?.folder;
      const command = action === 'stop' ? actions.stopSweep : actions.resumeSweep;
      if (folder === undefined) tellGone('sweep');
      else void reporter.attempt(() => command({ kind: 'sweep', folder }));
    },
    start: () => void commands.executeCommand(commandId('startLnTuning')),
    report: (chosen, choices) =>
      void reporter.attempt(async () => {
        const [first] = chosen;
        if (first === undefined || !(await hasTrust(workspace.isTrusted))) return;
        await writeReport(chosen, choices, await trainerFor(first.folder));
      }),
  });

  const environment = new EnvironmentPage(pageFolder);
  const chats = new Chats(pageFolder, reporter.show);
  const pushing = new Pushing();
  const sweepStarter = new SweepStarter(catalog, trainerOf, services.check);
  const actions = commandActions({
    catalog,
    environment,
    showTokens: services.showTokens,
    picker: new RunPicker(catalog, tree, treeView),
    starter,
    sweepStarter,
    sweeps: new SweepActions(catalog, sweeps),
    runs,
    notes: new NoteActions(catalog),
    view: new ViewActions(view, tree, catalog),
    dashboard,
    chats,
    pushing,
    experiment: {
      ...services,
      estimate: async (text, methods, scope) => {
        if (!workspace.isTrusted) return undefined;
        try {
          return await estimateMethods(text, methods, estimateOptions(text, scope), await trainerOf(scope));
        } catch (error) {
          // Nobody asked for it: the choice is made without.
          reporter.note(error);
          return undefined;
        }
      },
      usedModels: () => catalog.runs.map(({ record }) => record.model),
    },
    extensionFolder: context.extensionPath,
    trainerOf,
    attempt: reporter.attempt,
  });
  context.subscriptions.push(dashboard, chats, pushing, environment, sweepStarter);
  return { actions, dashboard, runs, starter, estimateRun: estimateOf, estimateSweep };
}
